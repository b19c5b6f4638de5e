package dev.hast.daemon.storage;

import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.nio.file.Path;
import java.util.concurrent.RejectedExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// From a path to a [LocalProvider] on its event loop: what can block on a thread of its own, the
/// rest on the loop.
final class ProviderOpening {
    private static final Logger LOG = LoggerFactory.getLogger(LocalProvider.class);

    private ProviderOpening() {}

    static Future<LocalProvider> start(
            final Path path, final ProviderOptions options, final EventLoop loop) {
        final Promise<LocalProvider> promise = loop.newPromise();
        Thread.ofPlatform()
                .daemon()
                .name("hast-open")
                .start(() -> openFile(path, options, loop, promise));
        return promise;
    }

    private static void openFile(
            final Path path,
            final ProviderOptions options,
            final EventLoop loop,
            final Promise<LocalProvider> promise) {
        final ProviderFile file;
        try {
            file = ProviderFile.open(path, options);
        } catch (final ProviderException | RuntimeException e) {
            promise.tryFailure(e);
            return;
        }
        try {
            loop.execute(() -> bind(file, options, loop, promise));
        } catch (final RejectedExecutionException e) {
            file.close();
            promise.tryFailure(new ProviderException(path + ": the event loop has ended", e));
        }
    }

    private static void bind(
            final ProviderFile file,
            final ProviderOptions options,
            final EventLoop loop,
            final Promise<LocalProvider> promise) {
        try {
            final LocalProvider provider =
                    new LocalProvider(file, options, loop, chooseEngine(file, options, loop));
            LOG.atInfo()
                    .addKeyValue("provider", file.path())
                    .addKeyValue("engine", provider.engine())
                    .addKeyValue("direct", file.isDirect())
                    .addKeyValue("capacity", provider.capacity())
                    .addKeyValue("sectorSize", provider.sectorSize())
                    .log("provider opened");
            if (!promise.trySuccess(provider)) {
                provider.close();
            }
        } catch (final ProviderException e) {
            file.close();
            promise.tryFailure(e);
        }
    }

    private static LocalProvider.EngineFactory chooseEngine(
            final ProviderFile file, final ProviderOptions options, final EventLoop loop)
            throws ProviderException {
        if (options.engine() != EngineChoice.THREADS) {
            if (loop instanceof IoEventLoop ioLoop && UringEngine.isPossibleOn(ioLoop)) {
                return (requests, sink, onLoopClosed) -> {
                    final UringEngine uring =
                            new UringEngine(file.descriptor(), requests, sink, onLoopClosed);
                    uring.register(ioLoop);
                    return uring;
                };
            }
            if (options.engine() == EngineChoice.IO_URING) {
                throw new ProviderException(
                        file.path()
                                + ": the engine `io_uring` is asked for, but the event loop does not run on io_uring; "
                                + "allow io_uring (kernel.io_uring_disabled, seccomp) or choose the engine `auto`");
            }
            EngineFallback.logOnce();
        }
        return (requests, sink, onLoopClosed) ->
                new ThreadEngine(
                        file.descriptor(),
                        "hast-disk-" + file.path().getFileName(),
                        options.threads(),
                        loop,
                        sink);
    }
}
