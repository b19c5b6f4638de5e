package dev.hast.ctl;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/// What the command line may know of the rest.
@AnalyzeClasses(packages = "dev.hast.ctl", importOptions = ImportOption.DoNotIncludeTests.class)
final class LayersTest {

    @ArchTest
    static final ArchRule volumesAreAskedForAndNeverTouched =
            noClasses()
                    .should()
                    .dependOnClassesThat(
                            resideInAnyPackage("dev.hast.daemon..", "dev.hast.core..")
                                    .and(
                                            not(
                                                    resideInAnyPackage(
                                                            "dev.hast.daemon.document..",
                                                            "dev.hast.daemon.pki.."))))
                    .because(
                            "whatever needs a volume goes through the control API of the daemon that has it open");

    @ArchTest
    static final ArchRule viewsHaveNoConnection =
            noClasses()
                    .that()
                    .resideInAnyPackage("dev.hast.ctl.output..", "dev.hast.ctl.hastconf..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("io.grpc..", "io.netty..", "picocli..", "dev.hast.ctl")
                    .because(
                            "what is printed follows from what was answered, and can be tested without a daemon");
}
