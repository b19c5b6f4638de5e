package dev.hast.ctl;

import dev.hast.control.v1.ControlGrpc;
import dev.hast.control.v1.ControlGrpc.ControlBlockingStub;
import dev.hast.daemon.document.DocumentSet;
import dev.hast.daemon.document.Documents;
import dev.hast.daemon.document.Endpoint;
import dev.hast.daemon.document.LoadOutcome.Loaded;
import dev.hast.daemon.document.LoadOutcome.Refused;
import dev.hast.daemon.document.NodeDocument;
import dev.hast.daemon.document.NodeDocument.TlsFiles;
import dev.hast.daemon.pki.NodeTls;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// A connection to a daemon: through the unix socket of this machine, or over the network to a node
/// that must prove its name.
final class DaemonConnection implements AutoCloseable {

    private static final int MESSAGE_SIZE_MAX = 64 << 20;

    private final MultiThreadIoEventLoopGroup loop;
    private final ManagedChannel channel;

    private DaemonConnection(MultiThreadIoEventLoopGroup loop, ManagedChannel channel) {
        this.loop = loop;
        this.channel = channel;
    }

    static DaemonConnection open(GlobalOptions options) throws CommandFailure {
        var loop =
                new MultiThreadIoEventLoopGroup(
                        1,
                        Thread.ofPlatform().name("hastctl").daemon(true).factory(),
                        NioIoHandler.newFactory());
        var builder =
                options.node().isPresent()
                        ? network(options, options.node().get())
                        : local(options);
        var channel =
                builder.eventLoopGroup(loop)
                        .maxInboundMessageSize(MESSAGE_SIZE_MAX)
                        .directExecutor()
                        .build();
        return new DaemonConnection(loop, channel);
    }

    private static NettyChannelBuilder local(GlobalOptions options) throws CommandFailure {
        var socket = socket(options);
        if (!Files.exists(socket)) {
            throw new CommandFailure(
                    ExitCode.UNAVAILABLE,
                    "no daemon on this machine: "
                            + socket
                            + " does not exist; start hastd, or name its controlSocket with --socket");
        }
        if (!Files.isWritable(socket)) {
            throw new CommandFailure(
                    ExitCode.REFUSED,
                    socket + " is for its owner alone; run hastctl as that user, usually root");
        }
        return NettyChannelBuilder.forAddress(
                        UnixDomainSocketAddress.of(socket), InsecureChannelCredentials.create())
                .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
                .overrideAuthority("localhost");
    }

    private static Path socket(GlobalOptions options) throws CommandFailure {
        if (options.config().isEmpty()) {
            return options.socket();
        }
        return switch (Documents.load(List.of(options.config().get()))) {
            case Loaded(var documents) -> ownSocket(documents);
            case Refused refused -> throw new CommandFailure(ExitCode.USAGE, refused.text());
        };
    }

    /// The socket of the node that this machine is; of the only node, when just one is described.
    private static Path ownSocket(DocumentSet documents) throws CommandFailure {
        var nodes = documents.nodes();
        if (nodes.size() == 1) {
            return nodes.getFirst().controlSocket();
        }
        try {
            var host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
            var own = documents.node(host);
            if (own.isPresent()) {
                return own.get().controlSocket();
            }
            throw new CommandFailure(
                    ExitCode.USAGE,
                    "--config: no HastNode is named " + host + "; name its socket with --socket");
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.ERROR, "this machine's name can't be read: " + e.getMessage(), e);
        }
    }

    private static NettyChannelBuilder network(GlobalOptions options, String node)
            throws CommandFailure {
        var pki = options.pki();
        var crl = pki.resolve("crl.pem");
        var files =
                new TlsFiles(
                        pki.resolve("ca.crt"),
                        pki.resolve(options.identity() + ".crt"),
                        pki.resolve(options.identity() + ".key"),
                        Files.exists(crl) ? Optional.of(crl) : Optional.empty());
        try {
            var endpoint = Endpoint.parse(options.address(), NodeDocument.CONTROL_PORT);
            return NettyChannelBuilder.forAddress(
                            new InetSocketAddress(endpoint.host(), endpoint.port()))
                    .channelType(NioSocketChannel.class)
                    .sslContext(NodeTls.load(files, InstantSource.system()).controlClient(node));
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(ExitCode.USAGE, "--address: " + e.getMessage(), e);
        } catch (IOException e) {
            throw new CommandFailure(ExitCode.ERROR, String.valueOf(e.getMessage()), e);
        }
    }

    ControlBlockingStub stub() {
        return ControlGrpc.newBlockingStub(channel);
    }

    @Override
    public void close() {
        channel.shutdownNow();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }

    /// A refused request as a message and an exit code.
    static CommandFailure failure(StatusRuntimeException e, GlobalOptions options) {
        var status = e.getStatus();
        var where =
                options.node()
                        .map(n -> "node " + n + " at " + options.address())
                        .orElseGet(() ->
                                options.config().isPresent()
                                        ? "the socket of --config"
                                        : options.socket().toString());
        var said =
                status.getDescription() == null ? status.getCode().name() : status.getDescription();
        // A status with a cause was made on this side: the daemon has said nothing.
        if (status.getCode() == Status.Code.UNAVAILABLE && status.getCause() != null) {
            return new CommandFailure(
                    ExitCode.UNAVAILABLE,
                    "no daemon answers at " + where + ": " + reason(status.getCause()),
                    e);
        }
        return switch (status.getCode()) {
            case NOT_FOUND -> new CommandFailure(ExitCode.NOT_FOUND, said, e);
            case INVALID_ARGUMENT -> new CommandFailure(ExitCode.USAGE, said, e);
            case FAILED_PRECONDITION, PERMISSION_DENIED, ALREADY_EXISTS ->
                    new CommandFailure(ExitCode.REFUSED, said, e);
            case UNAVAILABLE, ABORTED -> new CommandFailure(ExitCode.UNAVAILABLE, said, e);
            case DEADLINE_EXCEEDED ->
                    new CommandFailure(
                            ExitCode.TIMED_OUT,
                            status.getDescription() != null
                                            && !status.getDescription().contains("CallOptions")
                                    ? said
                                    : "no answer in time; it may still be carried out, look at hastctl status",
                            e);
            case UNIMPLEMENTED ->
                    new CommandFailure(
                            ExitCode.ERROR,
                            "the daemon is older than this hastctl and can't do that",
                            e);
            default -> new CommandFailure(ExitCode.ERROR, said, e);
        };
    }

    private static String reason(Throwable cause) {
        var deepest = cause;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        return deepest.getMessage() == null
                ? deepest.getClass().getSimpleName()
                : deepest.getMessage();
    }
}
