package dev.hast.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.control.v1.ControlGrpc;
import dev.hast.control.v1.DescribeRequest;
import dev.hast.control.v1.SetDocumentsRequest;
import dev.hast.daemon.Await;
import dev.hast.daemon.control.ControlMetrics.Refusal;
import dev.hast.daemon.document.Endpoint;
import dev.hast.daemon.document.NodeDocument.TlsFiles;
import dev.hast.daemon.pki.CertificateAuthority;
import dev.hast.daemon.pki.LiveTls;
import dev.hast.daemon.pki.NodeTls;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The control API's sockets under bad company, while a client that behaves is answered.
final class ControlPortIT {

    /// The beginning of HTTP/2, and a frame of 16 MiB.
    private static final byte[] OVERSIZED_FRAME =
            concat(
                    "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII),
                    new byte[] {0, 0, 0, 4, 0, 0, 0, 0, 0},
                    new byte[] {-1, -1, -1, 0, 0, 0, 0, 0, 1},
                    new byte[1000]);

    private static byte[] concat(byte[]... parts) {
        final var all = new java.io.ByteArrayOutputStream();
        for (byte[] part : parts) {
            all.writeBytes(part);
        }
        return all.toByteArray();
    }

    @TempDir private Path directory;
    private final Map<Refusal, Long> refused = new ConcurrentHashMap<>();
    private final MultiThreadIoEventLoopGroup loop =
            new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private ControlServer server;
    private Path socket;
    private ManagedChannel healthy;
    private final List<SocketChannel> bad = new ArrayList<>();

    @BeforeEach
    void start() throws IOException {
        socket = directory.resolve("control.sock");
        server =
                ControlServer.start(
                        new FakeTarget(), socket, refusal -> refused.merge(refusal, 1L, Long::sum));
        healthy =
                NettyChannelBuilder.forAddress(
                                UnixDomainSocketAddress.of(socket),
                                InsecureChannelCredentials.create())
                        .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
                        .eventLoopGroup(loop)
                        .overrideAuthority("localhost")
                        .build();
        ask();
    }

    @AfterEach
    void stop() throws IOException {
        for (SocketChannel each : bad) {
            each.close();
        }
        healthy.shutdownNow();
        server.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private void ask() {
        askBy(healthy);
    }

    private static void askBy(ManagedChannel channel) {
        assertThat(
                        ControlGrpc.newBlockingStub(channel)
                                .withDeadlineAfter(30, TimeUnit.SECONDS)
                                .describe(DescribeRequest.getDefaultInstance())
                                .getNode())
                .isEqualTo("hast-a");
    }

    private SocketChannel connect() throws IOException {
        final SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        channel.connect(UnixDomainSocketAddress.of(socket));
        bad.add(channel);
        return channel;
    }

    private void expect(Refusal refusal, long times) {
        Await.until(
                times + " times " + refusal,
                () -> refused.getOrDefault(refusal, 0L) >= times,
                () -> refused);
    }

    private static void expectEnd(SocketChannel channel) throws IOException {
        final ByteBuffer some = ByteBuffer.allocate(4096);
        try {
            while (channel.read(some) >= 0) {
                some.clear();
            }
        } catch (IOException e) {
            // A reset ends it as well.
            assertThat(e.getMessage()).contains("reset");
        }
    }

    @Test
    void garbageIsClosedCountedAndHurtsNobodyElse() throws IOException {
        final Random random = new Random(3);
        for (int i = 0; i < 50; i++) {
            final byte[] garbage = new byte[1 + random.nextInt(3000)];
            random.nextBytes(garbage);
            garbage[0] = 'x';
            final SocketChannel channel = connect();
            channel.write(ByteBuffer.wrap(garbage));
            expectEnd(channel);
        }
        expect(Refusal.GARBAGE, 50);
        ask();
    }

    @Test
    void garbageBehindAGoodBeginningEndsTheConnection() throws IOException {
        final SocketChannel channel = connect();
        channel.write(
                ByteBuffer.wrap(
                        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + "x".repeat(100))
                                .getBytes(StandardCharsets.US_ASCII)));
        expectEnd(channel);
        expect(Refusal.GARBAGE, 1);
        ask();
    }

    @Test
    void aFrameLongerThanMayBeEndsTheConnectionAndIsCounted() throws IOException {
        final SocketChannel channel = connect();
        channel.write(ByteBuffer.wrap(OVERSIZED_FRAME));
        expectEnd(channel);
        expect(Refusal.OVERSIZED, 1);
        ask();
    }

    @Test
    void aMessageLongerThanMayBeIsRefusedAndCountedAndTheNextIsAnswered() {
        final var text = "#".repeat(9 << 20);
        final var refusal =
                org.assertj.core.api.Assertions.catchThrowableOfType(
                        StatusRuntimeException.class,
                        () ->
                                ControlGrpc.newBlockingStub(healthy)
                                        .withDeadlineAfter(30, TimeUnit.SECONDS)
                                        .setDocuments(
                                                SetDocumentsRequest.newBuilder()
                                                        .addDocuments(
                                                                SetDocumentsRequest.Document
                                                                        .newBuilder()
                                                                        .setText(text))
                                                        .build()));
        assertThat(refusal.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
        expect(Refusal.OVERSIZED, 1);
        ask();
    }

    @Test
    void aNodesOversizedFrameAtTheNetworkPortEndsItsConnectionAlone() throws Exception {
        final var authority = authority("pki");
        authority.issue("hast-a", List.of(), Duration.ofDays(1));
        authority.issue("hast-b", List.of(), Duration.ofDays(1));
        final int port;
        try (var probe = new java.net.ServerSocket(0)) {
            port = probe.getLocalPort();
        }
        server.listen(new Endpoint("127.0.0.1", port), new LiveTls(tls("pki", "hast-a")));
        final ManagedChannel node = network(port, tls("pki", "hast-b"));
        try {
            askBy(node);
            final Path files = directory.resolve("pki");
            final var context =
                    (JdkSslContext)
                            SslContextBuilder.forClient()
                                    .sslProvider(SslProvider.JDK)
                                    .keyManager(
                                            files.resolve("hast-b.crt").toFile(),
                                            files.resolve("hast-b.key").toFile())
                                    .trustManager(files.resolve("ca.crt").toFile())
                                    .build();
            try (var socket =
                    (SSLSocket)
                            context.context().getSocketFactory().createSocket("127.0.0.1", port)) {
                final var parameters = socket.getSSLParameters();
                parameters.setApplicationProtocols(new String[] {"h2"});
                socket.setSSLParameters(parameters);
                socket.setSoTimeout(20_000);
                socket.getOutputStream().write(OVERSIZED_FRAME);
                assertThat(socket.getInputStream().readAllBytes()).isNotEmpty();
            }
            expect(Refusal.OVERSIZED, 1);
            askBy(node);
            ask();
        } finally {
            node.shutdownNow();
        }
    }

    @Test
    void silentConnectionsEndAndKeepNobodyOut() throws IOException {
        for (int i = 0; i < 100; i++) {
            connect().write(ByteBuffer.wrap(new byte[] {'P'}));
        }
        expect(Refusal.TOO_MANY, 100 - 64);
        ask();
        for (SocketChannel each : bad) {
            expectEnd(each);
        }
        expect(Refusal.SILENT, 64);
        ask();
    }

    @Test
    void strangersAtTheNetworkPortAreCountedAndNodesAreServed() throws IOException {
        final var authority = authority("pki");
        authority.issue("hast-a", List.of(), Duration.ofDays(1));
        authority.issue("hast-b", List.of(), Duration.ofDays(1));
        authority("other").issue("hast-b", List.of(), Duration.ofDays(1));
        final int port;
        try (var probe = new java.net.ServerSocket(0)) {
            port = probe.getLocalPort();
        }
        server.listen(new Endpoint("127.0.0.1", port), new LiveTls(tls("pki", "hast-a")));
        try (SocketChannel garbage = SocketChannel.open(new InetSocketAddress("127.0.0.1", port))) {
            garbage.write(
                    ByteBuffer.wrap("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
            expectEnd(garbage);
        }
        expect(Refusal.GARBAGE, 1);
        final ManagedChannel stranger = network(port, tls("other", "hast-b"));
        final ManagedChannel node = network(port, tls("pki", "hast-b"));
        try {
            assertThat(
                            org.assertj.core.api.Assertions.catchThrowable(() ->
                                    ControlGrpc.newBlockingStub(stranger)
                                            .withDeadlineAfter(10, TimeUnit.SECONDS)
                                            .describe(DescribeRequest.getDefaultInstance())))
                    .isNotNull();
            expect(Refusal.TLS, 1);
            askBy(node);
        } finally {
            stranger.shutdownNow();
            node.shutdownNow();
        }
    }

    private CertificateAuthority authority(String name) throws IOException {
        return CertificateAuthority.create(directory.resolve(name), name, InstantSource.system());
    }

    private ManagedChannel network(int port, NodeTls tls) throws IOException {
        return NettyChannelBuilder.forAddress(new InetSocketAddress("127.0.0.1", port))
                .sslContext(tls.controlClient("hast-a"))
                .build();
    }

    private NodeTls tls(String pki, String name) throws IOException {
        final Path files = directory.resolve(pki);
        return NodeTls.load(
                new TlsFiles(
                        files.resolve("ca.crt"),
                        files.resolve(name + ".crt"),
                        files.resolve(name + ".key"),
                        Optional.empty()),
                InstantSource.system());
    }
}
