package dev.hast.daemon.storage;

import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;

/// One event loop as the daemon has it, with calls that wait, for tests on another thread.
final class StorageLoop implements AutoCloseable {
    /// Long enough for the slowest machine; reached only by a completion that never comes.
    private static final int PATIENCE_SECONDS = 120;

    private final MultiThreadIoEventLoopGroup group;
    private final EventLoop loop;
    private final BlockBuffers buffers = new BlockBuffers(128L << 20);

    /// @param engine io_uring if that is to be used or chosen, else a loop that cannot do it
    StorageLoop(final EngineChoice engine) {
        final boolean uring = engine != EngineChoice.THREADS && IoUring.isAvailable();
        group =
                new MultiThreadIoEventLoopGroup(
                        1, uring ? IoUringIoHandler.newFactory() : EpollIoHandler.newFactory());
        loop = group.next();
    }

    EventLoop loop() {
        return loop;
    }

    BlockBuffers buffers() {
        return buffers;
    }

    LocalProvider open(final Path path, final ProviderOptions options) throws Exception {
        return LocalProvider.open(path, options, loop).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /// Why opening fails.
    Throwable refusal(final Path path, final ProviderOptions options) throws Exception {
        final var future = LocalProvider.open(path, options, loop).await();
        if (future.isSuccess()) {
            closeAndWait(future.getNow());
            throw new AssertionError(path + " was opened");
        }
        return future.cause();
    }

    void closeAndWait(final LocalProvider provider) throws Exception {
        loop.execute(provider::close);
        provider.closed().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    <T> T call(final Callable<T> work) throws Exception {
        return loop.submit(work).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    /// An operation of a provider, given what it is to tell.
    interface Operation {
        void start(IoCompletion completion);
    }

    int run(final Operation operation) throws Exception {
        final CompletableFuture<Integer> result = new CompletableFuture<>();
        loop.execute(() -> operation.start((token, outcome) -> result.complete(outcome)));
        try {
            return result.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (final ExecutionException e) {
            throw new AssertionError(e);
        }
    }

    int write(final Provider provider, final long offset, final byte[] bytes) throws Exception {
        final ByteBuf buffer = buffers.allocate(bytes.length);
        buffer.setBytes(0, bytes);
        try {
            return run(
                    completion -> provider.write(offset, buffer, 0, bytes.length, completion, 0));
        } finally {
            buffer.release();
        }
    }

    byte[] read(final Provider provider, final long offset, final int length) throws Exception {
        final ByteBuf buffer = buffers.allocate(length);
        try {
            final int result =
                    run(completion -> provider.read(offset, buffer, length, completion, 0));
            if (result != 0) {
                throw new AssertionError("read ended with " + result);
            }
            final byte[] bytes = new byte[length];
            buffer.getBytes(0, bytes);
            return bytes;
        } finally {
            buffer.release();
        }
    }

    int zero(final Provider provider, final long offset, final long length, final boolean mayUnmap)
            throws Exception {
        return run(completion -> provider.zero(offset, length, mayUnmap, completion, 0));
    }

    int flush(final Provider provider) throws Exception {
        return run(completion -> provider.flush(completion, 0));
    }

    @Override
    public void close() throws Exception {
        group.shutdownGracefully(0, 5, TimeUnit.SECONDS).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
}
