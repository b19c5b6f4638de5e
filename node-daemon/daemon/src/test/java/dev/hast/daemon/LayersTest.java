package dev.hast.daemon;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
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

    @ArchTest
    static final ArchRule netlinkKnowsOnlySystemCalls =
            classes()
                    .that()
                    .resideInAPackage("dev.hast.daemon.netlink..")
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            "java..",
                            "org.jspecify..",
                            "dev.hast.daemon.posix..",
                            "dev.hast.daemon.netlink..")
                    .because("what a message means is its user's business");

    @ArchTest
    static final ArchRule theKernelSideOfAServiceAddressDecidesNothing =
            classes()
                    .that()
                    .resideInAnyPackage(
                            "dev.hast.daemon.network..",
                            "dev.hast.daemon.packet..",
                            "dev.hast.daemon.guard..")
                    .should()
                    .onlyDependOnClassesThat()
                    .resideInAnyPackage(
                            "java..",
                            "org.jspecify..",
                            "org.slf4j..",
                            "dev.hast.daemon.posix..",
                            "dev.hast.daemon.netlink..",
                            "dev.hast.daemon.network..",
                            "dev.hast.daemon.packet..",
                            "dev.hast.daemon.guard..")
                    .because("who holds an address is the election's to say");

    @ArchTest
    static final ArchRule interfacesKnowNeitherPacketsNorTheGuard =
            noClasses()
                    .that()
                    .resideInAPackage("dev.hast.daemon.network..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("dev.hast.daemon.packet..", "dev.hast.daemon.guard..")
                    .because("both are built on it");
}
