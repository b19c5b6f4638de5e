package dev.hast.daemon.node;

import dev.hast.daemon.document.IoEngine;
import dev.hast.daemon.resource.ResourceException;
import dev.hast.daemon.storage.ReceiveRing;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.util.concurrent.TimeUnit;

/// The event loop of a node, on io_uring where the kernel allows it, else on epoll.
///
/// One loop for all resources of the node: a link is accepted before it says which resource it is
/// for, and what belongs to one resource must be on one loop.
final class NodeLoop implements AutoCloseable {

    private final MultiThreadIoEventLoopGroup group;
    private final boolean uring;

    NodeLoop(IoEngine engine) throws ResourceException {
        uring = engine != IoEngine.PORTABLE && IoUring.isAvailable();
        if (engine == IoEngine.IO_URING && !uring) {
            throw new ResourceException(
                    "spec.io asks for io_uring, which this kernel does not allow (%s); set spec.io to auto"
                            .formatted(IoUring.unavailabilityCause()));
        }
        final var threads = new DefaultThreadFactory("hast-loop", false, Thread.MAX_PRIORITY);
        group =
                uring
                        ? new ReceiveRing(threads)
                        : new MultiThreadIoEventLoopGroup(1, threads, EpollIoHandler.newFactory());
    }

    MultiThreadIoEventLoopGroup group() {
        return group;
    }

    EventLoop loop() {
        return group.next();
    }

    String kind() {
        return uring ? "io_uring" : "epoll";
    }

    Class<? extends ServerChannel> serverChannel() {
        return uring ? IoUringServerSocketChannel.class : EpollServerSocketChannel.class;
    }

    Class<? extends SocketChannel> channel() {
        return uring ? IoUringSocketChannel.class : EpollSocketChannel.class;
    }

    @Override
    public void close() {
        group.shutdownGracefully(0, 2, TimeUnit.SECONDS).awaitUninterruptibly(5, TimeUnit.SECONDS);
    }
}
