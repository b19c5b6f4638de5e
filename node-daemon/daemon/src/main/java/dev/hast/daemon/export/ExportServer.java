package dev.hast.daemon.export;

import dev.hast.daemon.storage.BlockBuffers;
import dev.hast.daemon.storage.ReceiveRing;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.io.IOException;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The NBD server of one resource.
///
/// ```
/// var server = new ExportServer(loop, settings, volume, buffers, metrics);
/// server.listen(new ListenAddress.Unix(path));   // then clients may come
/// long generation = server.fence();              // a new attachment: earlier clients are cut off
/// server.close(Duration.ofSeconds(5));           // orderly; Duration.ZERO: at once
/// ```
///
/// **Thread.** All methods but [#load()] are called on the event loop, which also runs every call
/// of the volume and the metrics.
///
/// **Limits.** [ExportLimits], and the memory of the buffers. Nothing else grows with what clients
/// do.
///
/// **Errors.** What a client does wrong costs that client an error reply or its connection, and is
/// counted.
public final class ExportServer {
    private static final Logger LOG = LoggerFactory.getLogger(ExportServer.class);

    /// Bytes queued for a client above which it is sent nothing new until it has taken half of
    /// them.
    private static final WriteBufferWaterMark WATER_MARK =
            new WriteBufferWaterMark(512 << 10, 1 << 20);

    private static final int KEEP_IDLE_SECONDS = 15;
    private static final int KEEP_INTERVAL_SECONDS = 5;
    private static final int KEEP_COUNT = 3;
    private static final int USER_TIMEOUT_MILLIS = 30_000;

    private final EventLoop loop;
    private final Export export;
    private final List<Channel> listeners = new ArrayList<>();
    private final List<UnixSocketFile> files = new ArrayList<>();
    private @Nullable Promise<Void> closed;

    /// @param loop of epoll or io_uring
    /// @param buffers where payloads lie; their memory is shared with other resources
    public ExportServer(
            EventLoop loop,
            ExportSettings settings,
            Volume volume,
            BlockBuffers buffers,
            ExportMetrics metrics) {
        this.loop = loop;
        this.export = new Export(loop, settings, volume, buffers, metrics);
        long size = volume.size();
        int unit = volume.minimumBlockSize();
        if (Integer.bitCount(unit) != 1 || unit > 1 << 16 || size % unit != 0) {
            throw new IllegalArgumentException(
                    "volume '"
                            + settings.name()
                            + "' of "
                            + size
                            + " bytes cannot be exported with a minimum block of "
                            + unit
                            + " bytes");
        }
    }

    /// Opens one more listening socket.
    ///
    /// @return the address, with the port that was chosen where 0 was asked for; fails with an
    ///   [IOException] that says what is in the way
    public Future<SocketAddress> listen(ListenAddress address) {
        requireLoop();
        Promise<SocketAddress> listening = loop.newPromise();
        if (export.closing()) {
            listening.setFailure(new IOException("the export is closed"));
            return listening;
        }
        switch (address) {
            case ListenAddress.Unix unix -> listenUnix(unix, listening);
            case ListenAddress.Tcp tcp -> listenTcp(tcp, listening);
        }
        return listening;
    }

    private void listenUnix(ListenAddress.Unix unix, Promise<SocketAddress> listening) {
        UnixSocketFile file;
        try {
            file = new UnixSocketFile(unix.path());
        } catch (IOException e) {
            listening.setFailure(e);
            return;
        }
        files.add(file);
        ServerBootstrap bootstrap = bootstrap(null).channel(Transport.of(loop).unix);
        bootstrap
                .bind(new DomainSocketAddress(file.bindPath().toFile()))
                .addListener((ChannelFuture bound) -> published(bound, file, unix, listening));
    }

    private void published(
            ChannelFuture bound,
            UnixSocketFile file,
            ListenAddress.Unix unix,
            Promise<SocketAddress> listening) {
        if (!bound.isSuccess()) {
            removeFile(file);
            listening.setFailure(cannotListen(unix, bound.cause()));
            return;
        }
        try {
            file.publish();
        } catch (IOException e) {
            bound.channel().close();
            removeFile(file);
            listening.setFailure(cannotListen(unix, e));
            return;
        }
        listens(bound.channel(), unix);
        listening.setSuccess(new DomainSocketAddress(unix.path().toFile()));
    }

    private void listenTcp(ListenAddress.Tcp tcp, Promise<SocketAddress> listening) {
        Transport transport = Transport.of(loop);
        ServerBootstrap bootstrap =
                bootstrap(tcp.tls().orElse(null))
                        .channel(transport.tcp)
                        .option(ChannelOption.SO_REUSEADDR, true)
                        .childOption(ChannelOption.TCP_NODELAY, true)
                        .childOption(ChannelOption.SO_KEEPALIVE, true)
                        // A client whose machine lost its power says nothing: without these its
                        // connection stays for ever.
                        .childOption(transport.keepIdle, KEEP_IDLE_SECONDS)
                        .childOption(transport.keepInterval, KEEP_INTERVAL_SECONDS)
                        .childOption(transport.keepCount, KEEP_COUNT)
                        .childOption(transport.userTimeout, USER_TIMEOUT_MILLIS);
        bootstrap
                .bind(tcp.address())
                .addListener((ChannelFuture bound) -> {
                    if (bound.isSuccess()) {
                        listens(bound.channel(), tcp);
                        listening.setSuccess(bound.channel().localAddress());
                    } else {
                        listening.setFailure(cannotListen(tcp, bound.cause()));
                    }
                });
    }

    private ServerBootstrap bootstrap(@Nullable SslContext tls) {
        final var bootstrap = new ServerBootstrap();
        final EventLoopGroup group = loop.parent();
        if (group != null) {
            ReceiveRing.receive(group, bootstrap);
        }
        return bootstrap
                .group(loop, loop)
                // Of the two pools of Netty, the one whose buffers keep their NIO view: the other
                // makes one for each read.
                .childOption(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK)
                .childHandler(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel channel) {
                                export.opened(channel, tls);
                            }
                        });
    }

    private void listens(Channel listener, ListenAddress address) {
        if (export.closing()) {
            listener.close();
            return;
        }
        listeners.add(listener);
        LOG.atInfo()
                .addKeyValue("resource", export.settings().name())
                .addKeyValue("address", address)
                .log("nbd export listens");
    }

    private IOException cannotListen(ListenAddress address, Throwable cause) {
        return new IOException(
                "export '"
                        + export.settings().name()
                        + "' cannot listen on "
                        + address
                        + ": "
                        + cause.getMessage(),
                cause);
    }

    /// Begins the next attachment generation: every earlier connection is closed at once, and no
    /// later one is served before the volume has completed what they had asked for.
    ///
    /// An attacher that connects as `NAME@generation` is refused once somebody else has begun a
    /// later one.
    ///
    /// @return the new generation
    public long fence() {
        requireLoop();
        long next = export.generation() + 1;
        export.fence(next, true);
        return next;
    }

    /// Closes every connection at once and goes on listening.
    public void dropConnections(PendingRequests pending) {
        requireLoop();
        export.drop(pending, ConnectionEnd.DROPPED);
    }

    /// Stops accepting, lets requests in flight finish and their replies leave, and closes each
    /// connection then. What is not done after `grace` is dropped unanswered.
    ///
    /// Requests that were not read from the socket yet are not answered: a kernel client sends them
    /// again to the next server, where an error would go to the file system.
    ///
    /// @return done when every connection is closed. The volume may still complete requests of
    ///   dropped ones.
    public Future<Void> close(Duration grace) {
        requireLoop();
        Promise<Void> done = closed;
        if (done != null) {
            return done;
        }
        Promise<Void> closing = loop.newPromise();
        closed = closing;
        for (Channel listener : listeners) {
            listener.close();
        }
        for (UnixSocketFile file : files) {
            removeFile(file);
        }
        var force =
                loop.schedule(
                        () -> export.drop(PendingRequests.UNANSWERED, ConnectionEnd.SERVER_CLOSED),
                        grace.toNanos(),
                        TimeUnit.NANOSECONDS);
        export.close(() -> {
            force.cancel(false);
            closing.setSuccess(null);
            LOG.atInfo().addKeyValue("resource", export.settings().name()).log("nbd export closed");
        });
        return closing;
    }

    /// What is going on. Any thread.
    public ExportLoad load() {
        return export.load();
    }

    private void removeFile(UnixSocketFile file) {
        try {
            file.remove();
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("resource", export.settings().name())
                    .setCause(e)
                    .log("the export's socket could not be removed; the next start replaces it");
        }
    }

    private void requireLoop() {
        if (!loop.inEventLoop()) {
            throw new IllegalStateException("an export is used on its event loop only");
        }
    }
}
