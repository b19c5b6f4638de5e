package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/// One etcd with TLS, client certificates, and users with passwords.
final class EtcdSecuredIT extends EtcdConformance {

    private TestCertificates certificates;
    private Path passwordFile;

    @Override
    EtcdServers servers(Path directory) throws IOException {
        certificates = TestCertificates.in(directory.resolve("pki"));
        passwordFile = Files.writeString(directory.resolve("password"), "tr0ub4dor\n");
        final EtcdServers started = new EtcdServers(directory, 1, Optional.of(certificates));
        final byte[] nothing = new byte[0];
        started.ctl(nothing, "user", "add", "root:secret");
        started.ctl(nothing, "user", "grant-role", "root", "root");
        started.ctl(nothing, "role", "add", "hast");
        started.ctl(
                nothing,
                "role",
                "grant-permission",
                "--prefix=true",
                "hast",
                "readwrite",
                "/hast/");
        started.ctl(nothing, "user", "add", "hastd:tr0ub4dor");
        started.ctl(nothing, "user", "grant-role", "hastd", "hast");
        started.ctl(nothing, "auth", "enable");
        started.identify("root", "secret");
        return started;
    }

    @Override
    EtcdSettings settings() {
        return withoutUser().withUser(new EtcdSettings.User("hastd", passwordFile));
    }

    private EtcdSettings withoutUser() {
        return EtcdSettings.of(
                servers.endpoints(),
                new EtcdSettings.Tls(certificates.authority(), Optional.of(certificates.client())));
    }

    private Calls open(EtcdSettings settings) {
        return new Calls(new EtcdArbiter(settings.withTimeouts(PATIENT_ATTEMPT, PATIENT_CALL)));
    }

    @Test
    void tokenThatEtcdForgotIsRenewed(TestInfo test) throws IOException {
        final String name = name(test);
        try (Calls calls = open()) {
            final Revision created = calls.swapped(name, Revision.ABSENT, Samples.first());
            servers.kill(0);
            servers.start(0);
            calls.swapped(name, created, Samples.next(Samples.first(), 1, 3));
        }
    }

    @Test
    void changedPasswordIsTakenUpFromItsFile(TestInfo test) throws IOException {
        final String name = name(test);
        try (Calls calls = open()) {
            final Revision created = calls.swapped(name, Revision.ABSENT, Samples.first());
            try {
                servers.ctl(
                        "correct-horse\n".getBytes(StandardCharsets.US_ASCII),
                        "user",
                        "passwd",
                        "--interactive=false",
                        "hastd");
                Files.writeString(passwordFile, "correct-horse\n");
                calls.swapped(name, created, Samples.next(Samples.first(), 1, 3));
            } finally {
                servers.ctl(
                        "tr0ub4dor\n".getBytes(StandardCharsets.US_ASCII),
                        "user",
                        "passwd",
                        "--interactive=false",
                        "hastd");
                Files.writeString(passwordFile, "tr0ub4dor\n");
            }
        }
    }

    @Test
    void wrongPasswordIsRefusedWithTheMend(TestInfo test, @TempDir Path directory)
            throws IOException {
        final Path wrong = Files.writeString(directory.resolve("wrong"), "guess");
        try (Calls calls = open(withoutUser().withUser(new EtcdSettings.User("hastd", wrong)))) {
            assertThat(refused(calls.read(name(test))))
                    .contains("check the user's name and the password file");
        }
    }

    @Test
    void missingPasswordFileIsRefusedByItsName(TestInfo test, @TempDir Path directory) {
        final Path missing = directory.resolve("missing");
        try (Calls calls = open(withoutUser().withUser(new EtcdSettings.User("hastd", missing)))) {
            assertThat(refused(calls.swap(name(test), Revision.ABSENT, Samples.first())))
                    .contains(missing.toString());
        }
    }

    @Test
    void userWithoutPermissionIsRefused(TestInfo test) {
        final var elsewhere =
                new EtcdSettings(
                        servers.endpoints(),
                        "/elsewhere/",
                        settings().tls(),
                        settings().user(),
                        PATIENT_ATTEMPT,
                        PATIENT_CALL);
        try (Calls calls = new Calls(new EtcdArbiter(elsewhere))) {
            assertThat(refused(calls.read(name(test))))
                    .contains("permission denied", "grant the user");
        }
    }

    @Test
    void withoutAUserTheCommonNameOfTheCertificateIsTheUser(TestInfo test) throws IOException {
        servers.ctl(new byte[0], "user", "add", "client:unused");
        servers.ctl(new byte[0], "user", "grant-role", "client", "hast");
        try (Calls calls = open(withoutUser())) {
            calls.swapped(name(test), Revision.ABSENT, Samples.first());
        } finally {
            servers.ctl(new byte[0], "user", "delete", "client");
        }
    }

    @Test
    void clientWhomEtcdDoesNotKnowIsAskedForAUser(TestInfo test) {
        try (Calls calls = open(withoutUser())) {
            assertThat(calls.read(name(test))).isInstanceOf(ArbiterOutcome.Refused.class);
        }
    }

    @Test
    void clientWithoutACertificateIsNotServed(TestInfo test) {
        final var anonymous =
                EtcdSettings.of(
                        servers.endpoints(),
                        new EtcdSettings.Tls(certificates.authority(), Optional.empty()));
        try (Calls calls = open(anonymous)) {
            assertThat(calls.read(name(test))).isInstanceOf(ArbiterOutcome.Unavailable.class);
        }
    }

    @Test
    void serverOfAnotherAuthorityIsNotTrusted(TestInfo test, @TempDir Path directory)
            throws IOException {
        final var others = TestCertificates.in(directory);
        final var mistaken =
                EtcdSettings.of(
                        servers.endpoints(),
                        new EtcdSettings.Tls(
                                others.authority(), Optional.of(certificates.client())));
        try (Calls calls = open(mistaken)) {
            final var outcome = calls.swap(name(test), Revision.ABSENT, Samples.first());
            assertThat(outcome).isInstanceOf(ArbiterOutcome.Unavailable.class);
            assertThat(((ArbiterOutcome.Unavailable) outcome).cause())
                    .contains("check the arbiter's TLS files");
        }
    }

    @Test
    void serverThatTheSystemDoesNotTrustIsNotTrusted(TestInfo test) {
        try (Calls calls = open(EtcdSettings.of(servers.endpoints()))) {
            assertThat(calls.read(name(test))).isInstanceOf(ArbiterOutcome.Unavailable.class);
        }
    }

    @Test
    void unreadableCertificateFileIsNamed(TestInfo test, @TempDir Path directory)
            throws IOException {
        final Path missing = directory.resolve("ca.pem");
        try (Calls calls =
                open(
                        EtcdSettings.of(
                                servers.endpoints(),
                                new EtcdSettings.Tls(missing, Optional.empty())))) {
            final var outcome = calls.read(name(test));
            assertThat(outcome)
                    .isInstanceOfSatisfying(
                            ArbiterOutcome.Unavailable.class,
                            u -> assertThat(u.cause()).contains(missing.toString()));
        }
    }

    @Test
    void renewedCertificatesAreTakenUpAfterAFailure(TestInfo test, @TempDir Path directory)
            throws IOException {
        final Path authority = directory.resolve("ca.pem");
        Files.copy(TestCertificates.in(directory.resolve("old")).authority(), authority);
        final var settings =
                EtcdSettings.of(
                                servers.endpoints(),
                                new EtcdSettings.Tls(authority, Optional.of(certificates.client())))
                        .withUser(new EtcdSettings.User("hastd", passwordFile));
        try (Calls calls = open(settings)) {
            assertThat(calls.read(name(test))).isInstanceOf(ArbiterOutcome.Unavailable.class);
            Files.copy(certificates.authority(), authority, StandardCopyOption.REPLACE_EXISTING);
            calls.found(name(test));
        }
    }
}
