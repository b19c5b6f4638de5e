package dev.hast.daemon.control;

import dev.hast.daemon.document.Endpoint;
import dev.hast.daemon.pki.LiveTls;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The control API of a daemon: always on a unix socket of mode 0600, and by choice on TCP with
/// mutual TLS.
///
/// One event loop thread carries the bytes; each request runs on a virtual thread. Start and close
/// it from one thread.
public final class ControlServer implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);

    /// gRPC would log each connection that breaks the protocol; [ControlPort] does, and not all.
    private static final java.util.logging.Logger CONNECTIONS =
            java.util.logging.Logger.getLogger("io.grpc.netty.NettyServerTransport.connections");

    private static final int MESSAGE_SIZE_MAX = 8 << 20;
    private static final int CALLS_PER_CONNECTION_MAX = 64;
    private static final long CLOSE_SECONDS = 5;
    private static final Duration BEGIN_WITHIN = Duration.ofSeconds(5);

    private final ControlTarget target;
    private final ControlPort port;
    private final Path socket;
    private final MultiThreadIoEventLoopGroup loop;
    private final ExecutorService requests;
    private final Server local;
    private Optional<Server> network = Optional.empty();

    private ControlServer(ControlTarget target, Path socket, ControlMetrics metrics)
            throws IOException {
        CONNECTIONS.setLevel(java.util.logging.Level.WARNING);
        this.target = target;
        this.port = new ControlPort(metrics, BEGIN_WITHIN);
        this.socket = socket;
        this.loop =
                new MultiThreadIoEventLoopGroup(
                        1,
                        Thread.ofPlatform().name("control-loop").daemon(true).factory(),
                        NioIoHandler.newFactory());
        this.requests =
                Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name("control-", 0).factory());
        try {
            this.local = bindLocal();
        } catch (IOException e) {
            loop.shutdownGracefully(0, 0, TimeUnit.SECONDS);
            requests.close();
            throw e;
        }
    }

    /// Listens on a unix socket.
    ///
    /// @throws IOException when the socket can't be made, or another daemon answers on it
    public static ControlServer start(ControlTarget target, Path socket, ControlMetrics metrics)
            throws IOException {
        var server = new ControlServer(target, socket, metrics);
        LOG.atInfo().addKeyValue("socket", socket).log("The control API listens");
        return server;
    }

    /// Listens on TCP as well, or anew: open calls of the old listener are ended.
    ///
    /// @return the port, which is chosen by the system when the endpoint's is taken from it
    public int listen(Endpoint endpoint, LiveTls tls) throws IOException {
        stopListening();
        var address = new InetSocketAddress(endpoint.host(), endpoint.port());
        var server =
                configure(
                                NettyServerBuilder.forAddress(address)
                                        .channelFactory(port.tls(NioServerSocketChannel::new, tls))
                                        .addTransportFilter(port.handshakes())
                                        .sslContext(tls.controlServer())
                                        .intercept(new PeerGuard(port)))
                        .build();
        try {
            server.start();
        } catch (IOException e) {
            throw new IOException(
                    "the control API can't listen on "
                            + endpoint
                            + ": "
                            + e.getMessage()
                            + "; check spec.controlListen",
                    e);
        }
        network = Optional.of(server);
        LOG.atInfo().addKeyValue("address", endpoint).log("The control API listens");
        return server.getPort();
    }

    /// Listens on TCP no longer; the unix socket stays.
    public void stopListening() {
        network.ifPresent(ControlServer::end);
        network = Optional.empty();
    }

    private NettyServerBuilder configure(NettyServerBuilder builder) {
        return builder.bossEventLoopGroup(loop)
                .workerEventLoopGroup(loop)
                .executor(requests)
                .maxInboundMessageSize(MESSAGE_SIZE_MAX)
                .maxConcurrentCallsPerConnection(CALLS_PER_CONNECTION_MAX)
                .handshakeTimeout(10, TimeUnit.SECONDS)
                .maxConnectionIdle(10, TimeUnit.MINUTES)
                .addStreamTracerFactory(port.messages())
                .addService(new ControlService(target))
                .addService(new VirtualIpService(target));
    }

    /// Binds in a directory that nobody else can enter, sets the mode, and only then moves the
    /// socket to its place: at no moment can another user connect, and a stale socket is replaced
    /// at one stroke.
    private Server bindLocal() throws IOException {
        refuseSecondDaemon();
        var directory = socket.toAbsolutePath().getParent();
        Files.createDirectories(directory);
        var hidden =
                Files.createTempDirectory(
                        directory,
                        ".",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx------")));
        var bound = hidden.resolve("s");
        try {
            var server =
                    configure(
                                    NettyServerBuilder.forAddress(
                                                    UnixDomainSocketAddress.of(bound),
                                                    InsecureServerCredentials.create())
                                            .channelFactory(
                                                    port.plain(NioServerDomainSocketChannel::new)))
                            .build()
                            .start();
            Files.setPosixFilePermissions(bound, PosixFilePermissions.fromString("rw-------"));
            Files.move(
                    bound,
                    socket,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            return server;
        } catch (IOException e) {
            throw new IOException(
                    "the control socket "
                            + socket
                            + " can't be made: "
                            + e.getMessage()
                            + "; check its directory, or give another controlSocket",
                    e);
        } finally {
            Files.deleteIfExists(bound);
            Files.deleteIfExists(hidden);
        }
    }

    private void refuseSecondDaemon() throws IOException {
        if (!Files.exists(socket)) {
            return;
        }
        try (var probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            probe.connect(UnixDomainSocketAddress.of(socket));
        } catch (IOException _) {
            return; // Nobody listens: a socket that a killed daemon left.
        }
        throw new IOException(
                "another daemon answers on "
                        + socket
                        + "; stop it first, or give another controlSocket");
    }

    /// Ends the open calls and gives the socket up.
    @Override
    public void close() {
        stopListening();
        end(local);
        try {
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("socket", socket)
                    .setCause(e)
                    .log("The control socket stays behind");
        }
        requests.shutdownNow();
        loop.shutdownGracefully(0, CLOSE_SECONDS, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /// Lets short requests finish, ends the streams.
    private static void end(Server server) {
        server.shutdown();
        try {
            if (!server.awaitTermination(200, TimeUnit.MILLISECONDS)) {
                server.shutdownNow();
                server.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
            }
        } catch (InterruptedException _) {
            server.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
