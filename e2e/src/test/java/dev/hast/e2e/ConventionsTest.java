package dev.hast.e2e;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.properties.CanBeAnnotated;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.jspecify.annotations.NullMarked;

/// What holds in every module alike, looked at where every module is on the class path.
@AnalyzeClasses(packages = "dev.hast", importOptions = ImportOption.DoNotIncludeTests.class)
final class ConventionsTest {

    private static final String GENERATED = "dev.hast.control.v1";

    @ArchTest
    static final ArchRule namesSayWhatAThingIs =
            noClasses()
                    .should()
                    .haveNameMatching(".*(Util|Utils|Helper|Helpers|Manager|Impl)")
                    .because("such a name tells a reader nothing; use a word of docs/glossary.md");

    @ArchTest
    static final ArchRule packagesAreNounsOfTheField =
            noClasses()
                    .should()
                    .resideInAnyPackage("..util..", "..common..", "..impl..", "..helper..")
                    .because("a drawer for what has no place hides that it has none");

    @ArchTest
    static final ArchRule everyPackageStatesItsNulls =
            classes()
                    .that()
                    .resideOutsideOfPackages(GENERATED, "dev.hast.daemon.arbiter.etcd.v3..")
                    .should(
                            com.tngtech.archunit.lang.ArchCondition.from(
                                    DescribedPredicate.describe(
                                            "be in a package with @NullMarked in package-info.java",
                                            ConventionsTest::isNullMarked)));

    @ArchTest
    static final ArchRule onlyMainEndsTheProcess =
            noClasses()
                    .that()
                    .doNotHaveSimpleName("Main")
                    .and()
                    .doNotHaveFullyQualifiedName("dev.hast.simulator.Simulate")
                    .should()
                    .callMethodWhere(
                            target(owner(name("java.lang.System"))).and(target(name("exit"))))
                    .because("a part that ends the process takes the others with it unasked");

    private static boolean isNullMarked(JavaClass type) {
        return type.getPackage()
                .tryGetPackageInfo()
                .filter(CanBeAnnotated.Predicates.annotatedWith(NullMarked.class)::test)
                .isPresent();
    }
}
