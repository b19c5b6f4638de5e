package dev.hast.daemon.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CertificateAuthorityTest {

    private static final Instant NOW = Instant.parse("2026-11-21T09:00:00Z");
    private static final InstantSource CLOCK = InstantSource.fixed(NOW);

    @TempDir private Path directory;

    @Test
    void everyFileIsReadableByItsOwnerAlone() throws IOException {
        var pki = directory.resolve("pki");
        CertificateAuthority.create(pki, "cluster", CLOCK)
                .issue("hast-a", List.of(), Duration.ofDays(1));
        CertificateAuthority.open(pki, CLOCK).revoke("hast-a", Optional.empty());

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(pki)))
                .isEqualTo("rwx------");
        try (var files = Files.list(pki)) {
            var names = new ArrayList<String>();
            for (var file : files.sorted().toList()) {
                names.add(file.getFileName().toString());
                assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                        .as(file.toString())
                        .isEqualTo("rw-------");
            }
            assertThat(names)
                    .containsExactly(
                            "ca.crt", "ca.key", "crl.pem", "hast-a.crt", "hast-a.key", "issued");
        }
    }

    @Test
    void nothingIsOverwritten() throws IOException {
        var authority = CertificateAuthority.create(directory, "cluster", CLOCK);
        authority.issue("hast-a", List.of(), Duration.ofDays(1));
        var key = Files.readString(directory.resolve("hast-a.key"));

        assertThatThrownBy(() -> CertificateAuthority.create(directory, "cluster", CLOCK))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("exists already and is not overwritten");
        assertThatThrownBy(() -> authority.issue("hast-a", List.of(), Duration.ofDays(1)))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("hast-a.crt: exists already and is not overwritten");
        assertThat(Files.readString(directory.resolve("hast-a.key"))).isEqualTo(key);
    }

    @Test
    void certificateNamesTheNodeAndItsAddressesForBothSides() throws Exception {
        var issued =
                CertificateAuthority.create(directory, "cluster", CLOCK)
                        .issue(
                                "hast-a",
                                List.of("192.168.100.197", "fd00::1", "hast-a.example.org"),
                                Duration.ofDays(825));
        var certificate = Pem.certificates(issued.certificate()).getFirst();

        assertThat(certificate.getSubjectX500Principal().getName()).isEqualTo("CN=hast-a");
        assertThat(certificate.getSubjectAlternativeNames().stream().map(n -> n.get(1)).toList())
                .isEqualTo(
                        List.of(
                                "hast-a",
                                "192.168.100.197",
                                "fd00:0:0:0:0:0:0:1",
                                "hast-a.example.org"));
        assertThat(certificate.getExtendedKeyUsage())
                .containsExactly(PeerCertificates.SERVER_USAGE, PeerCertificates.CLIENT_USAGE);
        assertThat(certificate.getPublicKey().getAlgorithm()).isEqualTo("EC");
        assertThat(certificate.getBasicConstraints()).isEqualTo(-1);
        assertThat(certificate.getNotAfter().toInstant()).isEqualTo(NOW.plus(Duration.ofDays(825)));
        assertThat(certificate.getNotBefore().toInstant()).isBefore(NOW);
        certificate.verify(Pem.certificates(directory.resolve("ca.crt")).getFirst().getPublicKey());
    }

    @Test
    void nodeIsRevokedOnceAndAllItsCertificatesWithIt() throws IOException {
        var authority = CertificateAuthority.create(directory, "cluster", CLOCK);
        var first = authority.issue("hast-a", List.of(), Duration.ofDays(1));
        Files.move(first.certificate(), directory.resolve("old.crt"));
        Files.move(first.key(), directory.resolve("old.key"));
        var second = authority.issue("hast-a", List.of(), Duration.ofDays(1));
        authority.issue("hast-b", List.of(), Duration.ofDays(1));

        assertThat(authority.revoke("hast-a", Optional.of(first.serial())))
                .containsExactly(first.serial());
        assertThat(authority.revoke("hast-a", Optional.empty())).containsExactly(second.serial());
        assertThat(authority.revoke("hast-a", Optional.empty())).isEmpty();
        assertThat(Pem.crl(directory.resolve("crl.pem")).getRevokedCertificates()).hasSize(2);
    }

    @Test
    void unknownNodeIsNotRevokedAndTheKnownAreNamed() throws IOException {
        var authority = CertificateAuthority.create(directory, "cluster", CLOCK);
        authority.issue("hast-b", List.of(), Duration.ofDays(1));
        assertThatThrownBy(() -> authority.revoke("hast-x", Optional.empty()))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("no certificate of node hast-x; issued are: hast-b");
    }

    @Test
    void badNamesAddressesAndLifetimesAreRefused() throws IOException {
        var authority = CertificateAuthority.create(directory, "cluster", CLOCK);
        assertThatThrownBy(() -> authority.issue("../x", List.of(), Duration.ofDays(1)))
                .hasMessageContaining("is not a node's name");
        assertThatThrownBy(() -> authority.issue("a", List.of("10.0.0.1:8457"), Duration.ofDays(1)))
                .hasMessageContaining("without a port");
        assertThatThrownBy(() -> authority.issue("a", List.of(), Duration.ofDays(4000)))
                .hasMessageContaining("would outlive its authority");
        assertThat(directory.resolve("a.key")).doesNotExist();
    }

    @Test
    void damagedListIsNotGuessedAt() throws IOException {
        var authority = CertificateAuthority.create(directory, "cluster", CLOCK);
        Files.writeString(directory.resolve("issued"), "half a li");
        assertThatThrownBy(() -> authority.issue("a", List.of(), Duration.ofDays(1)))
                .hasMessageContaining("issued:1: is damaged");
    }

    @Test
    void absentAuthorityIsNamed() {
        assertThatThrownBy(() -> CertificateAuthority.open(directory.resolve("none"), CLOCK))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("ca.crt: does not exist");
    }
}
