package dev.hast.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hast.control.v1.ControlGrpc;
import dev.hast.control.v1.ControlGrpc.ControlBlockingStub;
import dev.hast.control.v1.DescribeRequest;
import dev.hast.control.v1.DumpRequest;
import dev.hast.control.v1.ReloadRequest;
import dev.hast.daemon.Await;
import dev.hast.daemon.document.NodeDocument.TlsFiles;
import dev.hast.daemon.export.ExportClient;
import dev.hast.daemon.pki.CertificateAuthority;
import dev.hast.daemon.pki.NodeTls;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Running daemons, and certificates that are not to be believed: each is refused at the port for
/// peers and at the control port, counted, and logged once with what to do; the volume is served
/// all the same.
final class CertificatesIT {

    private static final int BLOCK = 4096;
    private static final Instant NOW = Instant.now();
    private static final InstantSource CLOCK = InstantSource.system();
    private static final Duration DAY = Duration.ofDays(1);
    private static final String SPEC =
            """
            primary: a
            replication: {grantDuration: 1s, timeout: 500ms}
            """;

    @TempDir private Path directory;
    private Path pki;
    private CertificateAuthority authority;
    private Nodes nodes;
    private NodeProcess a;
    private ExportClient client;
    private int written;
    private final List<ManagedChannel> channels = new ArrayList<>();

    @BeforeEach
    void start() throws Exception {
        pki = Nodes.pki(directory);
        authority = CertificateAuthority.create(pki, "test", CLOCK);
        authority.issue("a", List.of(), DAY);
        authority.issue("b", List.of(), DAY);
        authority.issue("stolen", List.of(), DAY);
        authority.revoke("stolen", Optional.empty());
        nodes = Nodes.secured(directory, SPEC, "a", "b").running();
        a = nodes.node("a");
        client = nodes.client(a);
    }

    @AfterEach
    void stop() throws Exception {
        channels.forEach(ManagedChannel::shutdownNow);
        client.close();
        nodes.close();
    }

    private void stillServes() throws IOException {
        final byte[] block = new byte[BLOCK];
        Arrays.fill(block, (byte) ++written);
        assertThat(client.write((long) written * BLOCK, block)).isZero();
        assertThat(client.read((long) written * BLOCK, BLOCK)).isEqualTo(block);
    }

    @Test
    void aCertificateOfAnotherAuthorityIsRefused() throws Exception {
        final Path other = directory.resolve("other");
        // Of the same name: clients do not even show certificates of other names.
        CertificateAuthority.create(other, "test", CLOCK).issue("b", List.of(), DAY);
        expectRefused(other, "b", "is not issued by our certificate authority");
    }

    @Test
    void aClientWithoutACertificateOfOurAuthorityIsRefused() throws Exception {
        final Path other = directory.resolve("other");
        CertificateAuthority.create(other, "another", CLOCK).issue("b", List.of(), DAY);
        expectRefused(
                other,
                "b",
                "the peer shows no certificate of our authority; issue it one with hastctl pki node");
    }

    @Test
    void anExpiredCertificateIsRefused() throws Exception {
        at(NOW.minus(DAY.multipliedBy(3))).issue("old", List.of(), DAY);
        expectRefused(pki, "old", "expired on");
    }

    @Test
    void aCertificateThatIsNotYetValidIsRefused() throws Exception {
        at(NOW.plus(DAY.multipliedBy(3))).issue("early", List.of(), DAY);
        expectRefused(pki, "early", "is not valid before");
    }

    @Test
    void aRevokedCertificateIsRefused() throws Exception {
        expectRefused(pki, "stolen", "is revoked; issue a new one");
    }

    private CertificateAuthority at(Instant time) throws IOException {
        return CertificateAuthority.open(pki, InstantSource.fixed(time));
    }

    /// Tries twice at each port of `a`.
    private void expectRefused(Path files, String name, String reason) throws Exception {
        final Scraped before = Scraped.of(a);
        for (int i = 0; i < 2; i++) {
            expectEnd(connect(nodes.port("a"), files, name));
            expectEnd(connect(nodes.controlPort("a"), files, name));
        }
        expectCounted(before, "hast_link_refusals_total{reason=\"tls\"}", 2);
        expectCounted(before, "hast_control_refusals_total{reason=\"tls\"}", 2);
        stillServes();
        assertThat(a.count(reason)).isEqualTo(2);
        assertThat(nodes.inSync(2)).isTrue();
    }

    private void expectCounted(Scraped before, String counter, int times) {
        Await.until(
                times + " times " + counter,
                () -> Scraped.of(a).since(before, counter) >= times,
                a::lastLines);
    }

    /// Somebody who believes everything, with a certificate of its own.
    private SSLSocket connect(int port, Path files, String name) throws IOException {
        final var context =
                (JdkSslContext)
                        SslContextBuilder.forClient()
                                .sslProvider(SslProvider.JDK)
                                .keyManager(
                                        files.resolve(name + ".crt").toFile(),
                                        files.resolve(name + ".key").toFile())
                                .trustManager(pki.resolve("ca.crt").toFile())
                                .protocols("TLSv1.3")
                                .build();
        final var socket =
                (SSLSocket) context.context().getSocketFactory().createSocket("127.0.0.1", port);
        final var parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {"h2"});
        socket.setSSLParameters(parameters);
        socket.setSoTimeout(20_000);
        return socket;
    }

    /// In TLS 1.3 a client learns at its first read that it was refused.
    private static void expectEnd(SSLSocket socket) throws IOException {
        try (socket) {
            assertThat(socket.getInputStream().read()).isEqualTo(-1);
        } catch (SSLException alert) {
            assertThat(alert).hasMessageContaining("alert");
        } catch (java.net.SocketException reset) {
            assertThat(reset).hasMessageMatching("(?i).*(reset|pipe).*");
        }
    }

    @Test
    void aGoodCertificateOfAnotherNodeMayNotSpeakForAPeerNorCommand() throws Exception {
        authority.issue("c", List.of(), DAY);
        final Scraped before = Scraped.of(a);
        try (ForeignLink liar = new ForeignLink("b", tls("c"), nodes.port("a"))) {
            Await.until(
                    "the refusal",
                    () ->
                            liar.lastError()
                                    .contains("the certificate is of node c, the greeting of b"),
                    a::lastLines);
        }
        expectCounted(before, "hast_link_refusals_total{reason=\"stranger\"}", 1);
        final ControlBlockingStub asC = control("c", "a", nodes.controlPort("a"));
        assertThat(asC.describe(DescribeRequest.getDefaultInstance()).getNode()).isEqualTo("a");
        assertThat(refusal(() -> asC.dump(DumpRequest.newBuilder().setName("r").build())))
                .isEqualTo(Status.Code.PERMISSION_DENIED);
        expectCounted(before, "hast_control_refusals_total{reason=\"forbidden\"}", 1);
        assertThat(a.count("the certificate is of node c, the greeting of b")).isOne();
        assertThat(a.count("the certificate of \"c\" may only look")).isOne();
        // And who asks for one node does not take another's word.
        assertThat(
                        refusal(() ->
                                control("c", "b", nodes.controlPort("a"))
                                        .describe(DescribeRequest.getDefaultInstance())))
                .isEqualTo(Status.Code.UNAVAILABLE);
        expectCounted(before, "hast_control_refusals_total{reason=\"tls\"}", 1);
        stillServes();
        assertThat(nodes.inSync(2)).isTrue();
    }

    @Test
    void aNodeRevokedWhileItIsConnectedIsCutOffAndComesBackWithANewCertificate() throws Exception {
        final ControlBlockingStub asB = control("b", "a", nodes.controlPort("a"));
        assertThat(asB.describe(DescribeRequest.getDefaultInstance()).getNode()).isEqualTo("a");
        final Scraped before = Scraped.of(a);
        authority.revoke("b", Optional.empty());
        reload(a);
        expectCounted(before, "hast_link_refusals_total{reason=\"tls\"}", 1);
        expectCounted(before, "hast_control_refusals_total{reason=\"tls\"}", 1);
        assertThat(refusal(() -> asB.describe(DescribeRequest.getDefaultInstance())))
                .isEqualTo(Status.Code.UNAVAILABLE);
        Await.until("a serves alone", () -> nodes.inSync(1), nodes::logs);
        stillServes();
        assertThat(a.count("\"CN=b\"")).isPositive();

        Files.delete(pki.resolve("b.crt"));
        Files.delete(pki.resolve("b.key"));
        authority.issue("b", List.of(), DAY);
        reload(nodes.node("b"));
        nodes.awaitHealthy();
        stillServes();
    }

    @Test
    void filesThatAreNoGoodAtAReloadChangeNothing() throws Exception {
        Files.writeString(pki.resolve("crl.pem"), "no list");
        assertThat(a.control().reload(ReloadRequest.getDefaultInstance()).getErrorsList())
                .singleElement()
                .asString()
                .contains("crl.pem")
                .contains("it must be PEM (BEGIN X509 CRL)");
        expectEnd(connect(nodes.port("a"), pki, "stolen"));
        stillServes();
        assertThat(nodes.inSync(2)).isTrue();
    }

    private static void reload(NodeProcess node) {
        assertThat(node.control().reload(ReloadRequest.getDefaultInstance()).getErrorsList())
                .isEmpty();
    }

    private NodeTls tls(String name) throws IOException {
        return NodeTls.load(
                new TlsFiles(
                        pki.resolve("ca.crt"),
                        pki.resolve(name + ".crt"),
                        pki.resolve(name + ".key"),
                        Optional.empty()),
                CLOCK);
    }

    private ControlBlockingStub control(String as, String expected, int port) throws IOException {
        final ManagedChannel channel =
                NettyChannelBuilder.forAddress(new InetSocketAddress("127.0.0.1", port))
                        .sslContext(tls(as).controlClient(expected))
                        .build();
        channels.add(channel);
        return ControlGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
    }

    private static Status.Code refusal(ThrowingCallable request) {
        final var refused = catchThrowableOfType(StatusRuntimeException.class, request);
        assertThat(refused).isNotNull();
        return refused.getStatus().getCode();
    }
}
