package dev.hast.daemon;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/// Which part of the daemon may see which, and which part alone speaks to a library.
@AnalyzeClasses(packages = "dev.hast.daemon", importOptions = ImportOption.DoNotIncludeTests.class)
final class LayersTest {

    @ArchTest
    static final ArchRule partsFormNoCycle =
            slices().matching("dev.hast.daemon.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule noPartKnowsTheProgramAroundIt =
            noClasses()
                    .that()
                    .resideInAPackage("dev.hast.daemon.*..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("dev.hast.daemon")
                    .because("Main puts the parts together, and is put together by nobody");

    @ArchTest
    static final ArchRule systemCallsStandAlone =
            noClasses()
                    .that()
                    .resideInAPackage("dev.hast.daemon.posix..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("io.netty..", "dev.hast.core..", "org.slf4j..")
                    .because("a binding of a system call decides nothing and reports to nobody");

    @ArchTest
    static final ArchRule onlyControlAndArbiterSpeakGrpc =
            noClasses()
                    .that()
                    .resideOutsideOfPackages(
                            "dev.hast.daemon",
                            "dev.hast.daemon.control..",
                            "dev.hast.daemon.arbiter..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("io.grpc..", "com.google.protobuf..")
                    .because(
                            "replication frames its own messages, and the rest has no business there");

    @ArchTest
    static final ArchRule onlyPkiMakesCertificates =
            noClasses()
                    .that()
                    .resideOutsideOfPackage("dev.hast.daemon.pki..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAPackage("org.bouncycastle..")
                    .because("keys and certificates have one place");
}
