package dev.hast.operator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/// Who may see whom in the operator.
@AnalyzeClasses(
        packages = "dev.hast.operator",
        importOptions = ImportOption.DoNotIncludeTests.class)
final class LayersTest {

    @ArchTest
    static final ArchRule partsFormNoCycle =
            slices().matching("dev.hast.operator.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule whatDecidesIsPure =
            classes()
                    .that()
                    .resideInAnyPackage(
                            "dev.hast.operator.plan..",
                            "dev.hast.operator.status..",
                            "dev.hast.operator.failover..")
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            "java.lang..",
                            "java.util..",
                            "java.time..",
                            "java.math..",
                            "org.jspecify..",
                            "com.fasterxml.jackson.databind..",
                            "com.google.protobuf..",
                            "dev.hast.crds..",
                            "dev.hast.control..",
                            "dev.hast.operator.plan..",
                            "dev.hast.operator.status..",
                            "dev.hast.operator.failover..")
                    .because("the same observation gives the same actions, and a test can say so");

    @ArchTest
    static final ArchRule whatDecidesHasNoClockAndNoChance =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            "dev.hast.operator.plan..",
                            "dev.hast.operator.status..",
                            "dev.hast.operator.failover..")
                    .should()
                    .callMethod(java.time.Instant.class, "now")
                    .orShould()
                    .callMethod(System.class, "nanoTime")
                    .orShould()
                    .callMethod(System.class, "currentTimeMillis")
                    .orShould()
                    .dependOnClassesThat()
                    .resideInAnyPackage("java.util.concurrent..", "java.util.random..")
                    .because("time is handed in");

    @ArchTest
    static final ArchRule onlyDaemonsSpeakGrpc =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.hast.operator.daemons..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("io.grpc..", "io.netty..");

    @ArchTest
    static final ArchRule daemonsKnowNothingOfKubernetes =
            noClasses()
                    .that()
                    .resideInAPackage("dev.hast.operator.daemons..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("io.fabric8..", "io.javaoperatorsdk..");

    @ArchTest
    static final ArchRule theOperatorUsesNeitherCoreNorDaemon =
            noClasses()
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("dev.hast.core..", "dev.hast.daemon..");
}
