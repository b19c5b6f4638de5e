package dev.hast.daemon.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.replication.Message;
import dev.hast.daemon.Await;
import dev.hast.daemon.document.NodeDocument.TlsFiles;
import dev.hast.daemon.pki.CertificateAuthority;
import dev.hast.daemon.pki.LiveTls;
import dev.hast.daemon.pki.NodeTls;
import dev.hast.daemon.pki.PkiException;
import dev.hast.daemon.storage.BlockBuffers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
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
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The replication port under bad company, while a peer that behaves is served.
final class LinkServerIT {

    private static final InstantSource CLOCK = InstantSource.system();

    @TempDir private Path directory;
    private CertificateAuthority authority;
    private MultiThreadIoEventLoopGroup loops;
    private final Map<Refusal, AtomicLong> refused = new ConcurrentHashMap<>();
    private final BlockBuffers buffers = new BlockBuffers(64L << 20);
    private LinkServer server;
    private final List<LinkDialer> dialers = new ArrayList<>();
    private final Peer atServer = new Peer();

    /// Answers nothing, remembers what it hears.
    private static final class Peer implements LinkListener {
        private volatile @Nullable Link link;
        private volatile long heard;
        private volatile String down = "";

        @Override
        public void linkUp(Link up) {
            link = up;
        }

        @Override
        public void linkDown(Link ended, String cause) {
            link = null;
            down = cause;
        }

        @Override
        public void message(Link from, Message message) {
            if (message instanceof Message.Flush flush) {
                heard = flush.id();
            }
        }

        @Override
        public void note(Link from, String topic, byte[] note) {}

        @Override
        public void write(Link from, WriteFrame frame, @Nullable ByteBuf data) {}

        @Override
        public void confirm(Link from, long epoch, long sequence, boolean written) {}

        @Override
        public void readReply(Link from, long id, int result, @Nullable ByteBuf data, int length) {}
    }

    @BeforeEach
    void start() throws Exception {
        loops = new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        authority = CertificateAuthority.create(directory.resolve("pki"), "test", CLOCK);
        authority.issue("b", List.of("127.0.0.1"), CertificateAuthority.NODE_LIFETIME);
        authority.issue("a", List.of("127.0.0.1"), CertificateAuthority.NODE_LIFETIME);
        listen();
    }

    private void listen() throws Exception {
        server =
                new LinkServer(
                        endpoint("b", tls("b")),
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        (resource, from) ->
                                resource.equals("demo") && !from.equals("x")
                                        ? Optional.of(atServer)
                                        : Optional.empty());
    }

    @AfterEach
    void stop() {
        dialers.forEach(dialer -> loops.execute(dialer::stop));
        server.close();
        loops.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
    }

    private LinkEndpoint endpoint(String node, NodeTls tls) throws PkiException {
        return new LinkEndpoint(
                node,
                loops,
                EpollServerSocketChannel.class,
                EpollSocketChannel.class,
                new LinkBuffers(buffers),
                refusal ->
                        refused.computeIfAbsent(refusal, r -> new AtomicLong()).incrementAndGet(),
                Optional.of(new LiveTls(tls)));
    }

    private NodeTls tls(String node) throws PkiException {
        return tls("pki", node, CLOCK);
    }

    private NodeTls tls(String pki, String node, InstantSource clock) throws PkiException {
        final Path files = directory.resolve(pki);
        return NodeTls.load(
                new TlsFiles(
                        files.resolve("ca.crt"),
                        files.resolve(node + ".crt"),
                        files.resolve(node + ".key"),
                        Optional.of(files.resolve("crl.pem"))),
                clock);
    }

    private Peer dial(String node, String resource, NodeTls tls) throws PkiException {
        final Peer peer = new Peer();
        final LinkDialer dialer =
                new LinkDialer(endpoint(node, tls), resource, "b", server.address(), peer);
        dialers.add(dialer);
        loops.execute(dialer::start);
        return peer;
    }

    private Peer dial(String node) throws PkiException {
        final Peer peer = dial(node, "demo", tls(node));
        Await.until("link of " + node, () -> peer.link != null);
        return peer;
    }

    private void expectRefused(Refusal refusal, long times) {
        Await.until(
                times + " times " + refusal,
                () -> refused.getOrDefault(refusal, new AtomicLong()).get() >= times,
                () -> refused);
    }

    private void stillServes(Peer healthy, long id) {
        final Link link = healthy.link;
        assertThat(link).as("the link of the healthy peer: %s", healthy.down).isNotNull();
        loops.execute(() -> link.send(new Message.Flush(1, id)));
        Await.until("message " + id, () -> atServer.heard == id);
    }

    @Test
    void garbageIsClosedCountedAndHurtsNobodyElse() throws Exception {
        final Peer healthy = dial("a");
        final Random random = new Random(1);
        for (int i = 0; i < 50; i++) {
            final byte[] garbage = new byte[1 + random.nextInt(5000)];
            random.nextBytes(garbage);
            try (Socket bad = connect()) {
                bad.getOutputStream().write(garbage);
                expectEnd(bad);
            }
        }
        expectRefused(Refusal.TLS, 50);
        stillServes(healthy, 7);
    }

    @Test
    void hundredsOfSilentConnectionsKeepNobodyOut() throws Exception {
        final Peer healthy = dial("a");
        final List<Socket> silent = new ArrayList<>();
        try {
            for (int i = 0; i < 400; i++) {
                silent.add(connect());
            }
            expectRefused(Refusal.TOO_MANY, 100);
            authority.issue("c", List.of("127.0.0.1"), CertificateAuthority.NODE_LIFETIME);
            final Peer newcomer = dial("c");
            assertThat(newcomer.link).isNotNull();
            stillServes(healthy, 8);
            for (Socket each : silent) {
                each.setSoTimeout(20_000);
                expectEnd(each);
            }
            expectRefused(Refusal.SILENT, 200);
        } finally {
            for (Socket each : silent) {
                each.close();
            }
        }
        stillServes(healthy, 9);
    }

    @Test
    void certificatesThatAreNotBelievedAreRefused() throws Exception {
        final Peer healthy = dial("a");
        CertificateAuthority.create(directory.resolve("other"), "another", CLOCK)
                .issue("a", List.of("127.0.0.1"), CertificateAuthority.NODE_LIFETIME);
        final Peer unknown = dial("a", "demo", trusting("other", "a"));
        expectRefused(Refusal.TLS, 1);

        authority.issue("expired", List.of("127.0.0.1"), Duration.ofSeconds(1));
        final NodeTls soonOver = tls("expired");
        Await.until("end of the certificate", () -> isOver("expired"));
        final long before = refused.get(Refusal.TLS).get();
        final Peer expired = dial("expired", "demo", soonOver);
        expectRefused(Refusal.TLS, before + 1);

        assertThat(unknown.link).isNull();
        assertThat(expired.link).isNull();
        stillServes(healthy, 10);
    }

    private boolean isOver(String node) {
        try {
            tls(node);
            return false;
        } catch (PkiException e) {
            return true;
        }
    }

    /// A stranger that would believe our server: only its own certificate is of no use.
    private NodeTls trusting(String pki, String node) throws Exception {
        final Path files = directory.resolve(pki);
        final Path both = directory.resolve("both.crt");
        Files.writeString(
                both,
                Files.readString(directory.resolve("pki/ca.crt"))
                        + Files.readString(files.resolve("ca.crt")));
        return NodeTls.load(
                new TlsFiles(
                        both,
                        files.resolve(node + ".crt"),
                        files.resolve(node + ".key"),
                        Optional.empty()),
                CLOCK);
    }

    @Test
    void aRevokedCertificateIsRefusedByAServerThatHasReadTheList() throws Exception {
        authority.issue("stolen", List.of("127.0.0.1"), CertificateAuthority.NODE_LIFETIME);
        final NodeTls stolen = tls("stolen");
        authority.revoke("stolen", Optional.empty());
        server.close();
        listen();
        final Peer healthy = dial("a");
        final Peer revoked = dial("stolen", "demo", stolen);
        expectRefused(Refusal.TLS, 1);
        assertThat(revoked.link).isNull();
        stillServes(healthy, 11);
    }

    @Test
    void aNodeThatCallsItselfAnotherIsRefused() throws Exception {
        final Peer healthy = dial("a");
        authority.issue("c", List.of("127.0.0.1"), CertificateAuthority.NODE_LIFETIME);
        final Peer liar = dial("a", "demo", tls("c"));
        expectRefused(Refusal.STRANGER, 1);
        assertThat(liar.link).isNull();
        stillServes(healthy, 12);
    }

    @Test
    void anUnknownResourceIsRefusedAndTheOtherSideLearnsWhy() throws Exception {
        dial("a", "other", tls("a"));
        expectRefused(Refusal.UNKNOWN_RESOURCE, 0);
        final LinkDialer asking =
                new LinkDialer(
                        endpoint("x", issued("x")), "demo", "b", server.address(), new Peer());
        dialers.add(asking);
        loops.execute(asking::start);
        Await.until(
                "the cause",
                () ->
                        asking.lastError()
                                .equals(
                                        "refused by the peer: node b has no resource demo with a replica on x; check the documents of both nodes"),
                asking::lastError);
        expectRefused(Refusal.UNKNOWN_RESOURCE, 1);
    }

    private NodeTls issued(String node) throws PkiException {
        authority.issue(node, List.of("127.0.0.1"), CertificateAuthority.NODE_LIFETIME);
        return tls(node);
    }

    private Socket connect() throws IOException {
        final Socket socket = new Socket();
        socket.connect(server.address());
        socket.setSoTimeout(20_000);
        return socket;
    }

    /// The other side closes; what it says before that (a TLS alert) doesn't matter.
    private static void expectEnd(Socket socket) throws IOException {
        final byte[] some = new byte[4096];
        final InputStream in = socket.getInputStream();
        try {
            while (in.read(some) >= 0) {
                assertThat(socket.isClosed()).isFalse();
            }
        } catch (java.net.SocketException e) {
            // A reset ends it as well.
            assertThat(e.getMessage()).contains("reset");
        }
    }
}
