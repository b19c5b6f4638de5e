package dev.hast.daemon.export;

import dev.hast.daemon.storage.BlockBuffers;
import dev.hast.daemon.storage.ReceiveRing;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.uring.IoUring;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.SocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;

/// An export on real sockets, with a volume in memory and an event loop of its own.
final class LiveExport implements AutoCloseable {
    private static final long DEADLINE_SECONDS = 30;

    final Path directory;
    final Path socket;
    final MemoryVolume volume;
    final BlockBuffers buffers = new BlockBuffers(256L << 20);
    final CountingMetrics counts = new CountingMetrics();
    final EventLoop loop;
    final ExportServer server;
    private final MultiThreadIoEventLoopGroup group;

    LiveExport(boolean ioUring, MemoryVolume volume, ExportLimits limits) throws IOException {
        this.volume = volume;
        directory = Files.createTempDirectory("hast-export");
        socket = directory.resolve("demo.sock");
        group =
                ioUring
                        ? new ReceiveRing(new DefaultThreadFactory("export"))
                        : new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
        loop = group.next();
        server =
                new ExportServer(
                        loop,
                        new ExportSettings("demo", "a demo", limits),
                        volume,
                        buffers,
                        counts);
        listen(new ListenAddress.Unix(socket));
    }

    static LiveExport epoll() throws IOException {
        return new LiveExport(false, new MemoryVolume(64 << 20, 512), ExportLimits.DEFAULT);
    }

    static boolean hasIoUring() {
        return IoUring.isAvailable();
    }

    SocketAddress listen(ListenAddress address) throws IOException {
        try {
            return onLoop(() -> server.listen(address)).get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException io ? io : new IOException(e.getCause());
        } catch (InterruptedException | TimeoutException e) {
            throw new IOException(e);
        }
    }

    <T> T onLoop(Callable<T> action) {
        try {
            return loop.submit(action).get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    void onLoop(Runnable action) {
        onLoop(() -> {
            action.run();
            return true;
        });
    }

    /// Looks again, on the loop, until the condition holds.
    void until(String what, BooleanSupplier condition) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_SECONDS);
        while (!onLoop(condition::getAsBoolean)) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("in " + DEADLINE_SECONDS + " s not seen: " + what);
            }
            Thread.onSpinWait();
        }
    }

    SocketClient connect() throws IOException {
        return SocketClient.connect(socket);
    }

    void stop(Duration grace) throws IOException {
        try {
            onLoop(() -> server.close(grace)).get(DEADLINE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new IOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        stop(Duration.ZERO);
        group.shutdownGracefully(20, 5000, TimeUnit.MILLISECONDS).syncUninterruptibly();
        try (var left = Files.newDirectoryStream(directory)) {
            for (Path file : left) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }
}
