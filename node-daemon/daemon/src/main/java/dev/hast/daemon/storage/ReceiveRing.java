package dev.hast.daemon.storage;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.uring.IoUringBufferRingConfig;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringFixedBufferRingAllocator;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import java.util.concurrent.ThreadFactory;

/// An event loop on io_uring whose sockets receive into buffers that the kernel picks from a ring.
///
/// Without it each receive costs three system calls instead of one: wait until the socket is
/// readable, ask for the bytes, take them. Memory: 512 KiB, up to 4 MiB when much arrives at once.
public final class ReceiveRing extends MultiThreadIoEventLoopGroup {

    private static final short GROUP = 1;
    private static final int BUFFER_BYTES = 64 << 10;
    private static final short BUFFERS_MAX = 64;
    private static final int BUFFERS_AT_ONCE = 8;

    public ReceiveRing(ThreadFactory threads) {
        super(1, threads, IoUringIoHandler.newFactory(config()));
    }

    private static IoUringIoHandlerConfig config() {
        return new IoUringIoHandlerConfig()
                .setBufferRingConfig(
                        IoUringBufferRingConfig.builder()
                                .bufferGroupId(GROUP)
                                .bufferRingSize(BUFFERS_MAX)
                                .batchSize(BUFFERS_AT_ONCE)
                                .batchAllocation(false)
                                .allocator(
                                        new IoUringFixedBufferRingAllocator(
                                                PooledByteBufAllocator.DEFAULT, BUFFER_BYTES))
                                .build());
    }

    /// Lets the connections that a server takes on `loops` use the ring, if these have one.
    public static void receive(EventLoopGroup loops, ServerBootstrap bootstrap) {
        if (loops instanceof ReceiveRing) {
            bootstrap.childOption(IoUringChannelOption.IO_URING_BUFFER_GROUP_ID, GROUP);
        }
    }

    /// Lets a connection that is opened on `loops` use the ring, if these have one.
    public static void receive(EventLoopGroup loops, Bootstrap bootstrap) {
        if (loops instanceof ReceiveRing) {
            bootstrap.option(IoUringChannelOption.IO_URING_BUFFER_GROUP_ID, GROUP);
        }
    }
}
