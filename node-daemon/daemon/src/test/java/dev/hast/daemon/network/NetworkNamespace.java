package dev.hast.daemon.network;

import dev.hast.daemon.posix.FileCalls;
import dev.hast.daemon.posix.NativeFunctions;
import dev.hast.daemon.posix.PosixException;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/// Lets a thread of this process live in another network namespace.
final class NetworkNamespace {
    private static final int CLONE_NEWNET = 0x40000000;
    private static final MethodHandle SETNS =
            NativeFunctions.function(
                    "setns",
                    FunctionDescriptor.of(
                            NativeFunctions.INT, NativeFunctions.INT, NativeFunctions.INT));

    private NetworkNamespace() {}

    /// Calls `call` on a new thread in the namespace, and waits.
    static <T> T call(final String name, final Callable<T> call) throws Exception {
        final CompletableFuture<T> result = new CompletableFuture<>();
        Thread.ofPlatform()
                .name("in-" + name)
                .start(() -> {
                    try {
                        enter(name);
                        result.complete(call.call());
                    } catch (final Throwable failure) {
                        result.completeExceptionally(failure);
                    }
                });
        try {
            return result.get();
        } catch (final ExecutionException failure) {
            if (failure.getCause() instanceof final Exception cause) {
                throw cause;
            }
            throw failure;
        }
    }

    private static void enter(final String name) throws PosixException {
        final Path path = Path.of("/run/netns", name);
        final int fd =
                PosixException.check(
                        "open", path.toString(), FileCalls.open(path, FileCalls.O_RDONLY, 0));
        final MemorySegment state = NativeFunctions.captureState();
        try {
            final int result =
                    NativeFunctions.orErrno(
                            (int) SETNS.invokeExact(state, fd, CLONE_NEWNET), state);
            PosixException.check("setns", path.toString(), result);
        } catch (final PosixException failure) {
            throw failure;
        } catch (final Throwable thrown) {
            throw NativeFunctions.unexpected(thrown);
        } finally {
            FileCalls.close(fd);
        }
    }
}
