package dev.hast.daemon.pki;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hast.daemon.document.NodeDocument.TlsFiles;
import dev.hast.daemon.pki.Handshake.Agreed;
import dev.hast.daemon.pki.Handshake.Failed;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Handshakes over real sockets with certificates that [CertificateAuthority] issued.
final class NodeTlsTest {

    private static final Instant NOW = Instant.now().truncatedTo(ChronoUnit.SECONDS);
    private static final InstantSource CLOCK = InstantSource.fixed(NOW);

    @TempDir private Path directory;

    private CertificateAuthority authority;

    @BeforeEach
    void makeAuthority() throws PkiException {
        authority = CertificateAuthority.create(directory.resolve("pki"), "test authority", CLOCK);
        authority.issue("hast-a", List.of("127.0.0.1"), CertificateAuthority.NODE_LIFETIME);
        authority.issue("hast-b", List.of("127.0.0.1"), CertificateAuthority.NODE_LIFETIME);
    }

    @Test
    void nodesOfOneAuthorityProveTheirNamesToEachOther() throws Exception {
        try (var handshake =
                Handshake.between(tls("hast-a").server(), tls("hast-b").client("hast-a"))) {
            assertThat(handshake.clientWasServed()).isTrue();
            var seenByServer = (Agreed) handshake.server();
            var seenByClient = (Agreed) handshake.client();
            assertThat(NodeTls.peerNode(seenByServer.session())).isEqualTo("hast-b");
            assertThat(NodeTls.peerNode(seenByClient.session())).isEqualTo("hast-a");
            assertThat(seenByServer.session().getProtocol()).isEqualTo("TLSv1.3");
        }
    }

    @Test
    void nativeTlsIsThereSoThatTheseTestsSpeakOfIt() {
        assertThat(OpenSsl.isAvailable()).isTrue();
    }

    @Test
    void tlsOfTheJdkAcceptsTheCertificates() throws Exception {
        var pki = directory.resolve("pki");
        var jdk =
                SslContextBuilder.forClient()
                        .sslProvider(SslProvider.JDK)
                        .trustManager(pki.resolve("ca.crt").toFile())
                        .keyManager(
                                pki.resolve("hast-b.crt").toFile(),
                                pki.resolve("hast-b.key").toFile())
                        .endpointIdentificationAlgorithm("")
                        .build();
        try (var handshake = Handshake.between(tls("hast-a").server(), jdk)) {
            assertThat(handshake.clientWasServed()).isTrue();
        }
    }

    @Test
    void serverThatIsAnotherNodeIsRefusedByName() throws Exception {
        try (var handshake =
                Handshake.between(tls("hast-a").server(), tls("hast-b").client("hast-c"))) {
            assertThat(refusal(handshake.client()))
                    .contains("the peer is node hast-a and not hast-c");
            assertThat(handshake.clientWasServed()).isFalse();
        }
    }

    @Test
    void clientOfAnotherAuthorityIsRefused() throws Exception {
        var stranger = strangersTls();
        try (var handshake = Handshake.between(tls("hast-a").server(), stranger)) {
            assertThat(refusal(handshake.server()))
                    .contains("is not issued by our certificate authority");
            assertThat(handshake.clientWasServed()).isFalse();
        }
    }

    @Test
    void serverOfAnotherAuthorityIsRefused() throws Exception {
        var other =
                CertificateAuthority.create(directory.resolve("other"), "test authority", CLOCK);
        other.issue("hast-a", List.of(), CertificateAuthority.NODE_LIFETIME);
        var impostor = NodeTls.load(files(directory.resolve("other"), "hast-a"), CLOCK);
        try (var handshake = Handshake.between(impostor.server(), tls("hast-b").client("hast-a"))) {
            assertThat(refusal(handshake.client()))
                    .contains("is not issued by our certificate authority");
            assertThat(handshake.clientWasServed()).isFalse();
        }
    }

    @Test
    void clientWithoutACertificateIsRefused() throws Exception {
        var nobody =
                SslContextBuilder.forClient()
                        .sslProvider(SslProvider.OPENSSL)
                        .trustManager(directory.resolve("pki/ca.crt").toFile())
                        .endpointIdentificationAlgorithm("")
                        .build();
        try (var handshake = Handshake.between(tls("hast-a").server(), nobody)) {
            assertThat(handshake.server()).isInstanceOf(Failed.class);
            assertThat(handshake.clientWasServed()).isFalse();
        }
    }

    @Test
    void clientThatSpeaksOnlyAnOlderTlsIsRefused() throws Exception {
        var pki = directory.resolve("pki");
        var old =
                SslContextBuilder.forClient()
                        .sslProvider(SslProvider.OPENSSL)
                        .protocols("TLSv1.2")
                        .trustManager(pki.resolve("ca.crt").toFile())
                        .keyManager(
                                pki.resolve("hast-b.crt").toFile(),
                                pki.resolve("hast-b.key").toFile())
                        .endpointIdentificationAlgorithm("")
                        .build();
        try (var handshake = Handshake.between(tls("hast-a").server(), old)) {
            assertThat(handshake.server()).isInstanceOf(Failed.class);
            assertThat(handshake.clientWasServed()).isFalse();
        }
    }

    @Test
    void expiredClientIsRefusedWithTheDate() throws Exception {
        authority.issue("brief", List.of(), Duration.ofDays(1));
        var brief = tls("brief");
        var later =
                NodeTls.load(
                        files(directory.resolve("pki"), "hast-a"),
                        InstantSource.fixed(NOW.plus(Duration.ofDays(2))));
        try (var handshake = Handshake.between(later.server(), brief.client("hast-a"))) {
            assertThat(refusal(handshake.server()))
                    .contains("CN=brief")
                    .contains("expired on " + NOW.plus(Duration.ofDays(1)));
            assertThat(handshake.clientWasServed()).isFalse();
        }
    }

    @Test
    void certificateFromTheFutureIsRefused() throws Exception {
        var earlier = InstantSource.fixed(NOW.minus(Duration.ofDays(1)));
        assertThatThrownBy(() -> NodeTls.load(files(directory.resolve("pki"), "hast-a"), earlier))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("is not valid before")
                .hasMessageContaining("compare the nodes' clocks");
    }

    @Test
    void revokedClientIsRefused() throws Exception {
        var revokedOne = tls("hast-b");
        authority.revoke("hast-b", Optional.empty());
        try (var handshake =
                Handshake.between(tls("hast-a").server(), revokedOne.client("hast-a"))) {
            assertThat(refusal(handshake.server())).contains("CN=hast-b").contains("is revoked");
            assertThat(handshake.clientWasServed()).isFalse();
        }
    }

    @Test
    void revokedServerIsRefused() throws Exception {
        var revokedOne = tls("hast-a");
        authority.revoke("hast-a", Optional.empty());
        try (var handshake =
                Handshake.between(revokedOne.server(), tls("hast-b").client("hast-a"))) {
            assertThat(refusal(handshake.client())).contains("CN=hast-a").contains("is revoked");
        }
    }

    @Test
    void openConnectionOfARevokedNodeIsNoLongerTrusted() throws Exception {
        try (var handshake =
                Handshake.between(tls("hast-a").server(), tls("hast-b").client("hast-a"))) {
            var session = ((Agreed) handshake.server()).session();
            assertThat(tls("hast-a").distrust(session)).isEmpty();
            authority.revoke("hast-b", Optional.empty());
            assertThat(tls("hast-a").distrust(session).orElseThrow()).contains("is revoked");
        }
    }

    @Test
    void sessionIsNotResumedSoThatEveryConnectionShowsItsCertificate() throws Exception {
        var server = tls("hast-a").server();
        var client = tls("hast-b").client("hast-a");
        try (var first = Handshake.between(server, client)) {
            assertThat(first.clientWasServed()).isTrue();
        }
        try (var second = Handshake.between(server, client)) {
            assertThat(second.clientWasServed()).isTrue();
            assertThat(server.sessionContext().getIds().hasMoreElements()).isFalse();
        }
    }

    @Test
    void ownRevokedCertificateIsRefusedAtLoad() throws Exception {
        authority.revoke("hast-a", Optional.empty());
        assertThatThrownBy(() -> tls("hast-a"))
                .isInstanceOf(PkiException.class)
                .hasMessageContaining("hast-a.crt")
                .hasMessageContaining("is revoked");
    }

    @Test
    void filesThatDoNotBelongTogetherAreRefusedAtLoad() throws Exception {
        var pki = directory.resolve("pki");
        assertThatThrownBy(() ->
                        NodeTls.load(
                                new TlsFiles(
                                        pki.resolve("ca.crt"),
                                        pki.resolve("hast-a.crt"),
                                        pki.resolve("hast-b.key"),
                                        Optional.empty()),
                                CLOCK))
                .hasMessageContaining("hast-b.key: is not the key of");
        CertificateAuthority.create(directory.resolve("other"), "test authority", CLOCK);
        assertThatThrownBy(() ->
                        NodeTls.load(
                                new TlsFiles(
                                        pki.resolve("ca.crt"),
                                        pki.resolve("hast-a.crt"),
                                        pki.resolve("hast-a.key"),
                                        Optional.of(directory.resolve("other/crl.pem"))),
                                CLOCK))
                .hasMessageContaining("crl.pem: is not signed by the authority");
    }

    @Test
    void damagedAndAbsentFilesAreNamed() throws Exception {
        var pki = directory.resolve("pki");
        Files.writeString(pki.resolve("garbage"), "no PEM at all");
        var garbage = pki.resolve("garbage");
        assertThatThrownBy(() ->
                        NodeTls.load(
                                new TlsFiles(garbage, garbage, garbage, Optional.empty()), CLOCK))
                .hasMessageContaining("garbage: ");
        var absent = pki.resolve("absent");
        assertThatThrownBy(() ->
                        NodeTls.load(new TlsFiles(absent, absent, absent, Optional.empty()), CLOCK))
                .hasMessage(absent + ": does not exist; hastctl pki makes such files");
        assertThatThrownBy(() ->
                        NodeTls.load(
                                new TlsFiles(
                                        pki.resolve("ca.crt"),
                                        pki.resolve("hast-a.crt"),
                                        garbage,
                                        Optional.empty()),
                                CLOCK))
                .hasMessageContaining("holds no plain PKCS#8 key");
    }

    @Test
    void certificateThatEndsSoonAndAbsentRevocationListAreWarnedOf() throws Exception {
        var pki = directory.resolve("pki");
        authority.issue("brief", List.of(), Duration.ofDays(10));
        assertThat(tls("hast-a").warnings()).isEmpty();
        assertThat(tls("brief").warnings()).singleElement().asString().contains("brief ends on");
        var without =
                new TlsFiles(
                        pki.resolve("ca.crt"),
                        pki.resolve("hast-a.crt"),
                        pki.resolve("hast-a.key"),
                        Optional.empty());
        assertThat(NodeTls.load(without, CLOCK).warnings())
                .singleElement()
                .asString()
                .contains("no revocation list");
    }

    private SslContext strangersTls() throws IOException {
        var other =
                CertificateAuthority.create(directory.resolve("stranger"), "test authority", CLOCK);
        other.issue("hast-b", List.of(), CertificateAuthority.NODE_LIFETIME);
        // It knows the right authority, so that it is the server that refuses.
        var files = files(directory.resolve("stranger"), "hast-b");
        return SslContextBuilder.forClient()
                .sslProvider(SslProvider.OPENSSL)
                .trustManager(directory.resolve("pki/ca.crt").toFile())
                .keyManager(files.cert().toFile(), files.key().toFile())
                .endpointIdentificationAlgorithm("")
                .build();
    }

    private NodeTls tls(String node) throws IOException {
        return NodeTls.load(files(directory.resolve("pki"), node), CLOCK);
    }

    private static TlsFiles files(Path pki, String node) throws IOException {
        // A copy of the list, as a node holds one.
        var crl = pki.resolve(node + "-crl.pem");
        Files.copy(pki.resolve("crl.pem"), crl, StandardCopyOption.REPLACE_EXISTING);
        return new TlsFiles(
                pki.resolve("ca.crt"),
                pki.resolve(node + ".crt"),
                pki.resolve(node + ".key"),
                Optional.of(crl));
    }

    private static String refusal(Handshake.Side side) {
        assertThat(side).isInstanceOf(Failed.class);
        return ((Failed) side).reasons();
    }
}
