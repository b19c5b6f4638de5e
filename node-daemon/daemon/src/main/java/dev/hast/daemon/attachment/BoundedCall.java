package dev.hast.daemon.attachment;

import java.io.IOException;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Makes a system call that may block for as long as the kernel likes, without its caller blocking
/// for longer than a deadline. The thread that is left behind ends when the kernel lets it go; it
/// is a daemon thread, so it holds no shutdown up.
final class BoundedCall {
    private BoundedCall() {}

    /// The result; empty when the deadline came first.
    static <T> Optional<T> run(
            final String threadName, final Deadline deadline, final Callable<T> call)
            throws IOException {
        final FutureTask<T> task = new FutureTask<>(call);
        final Thread thread = Thread.ofPlatform().daemon().name(threadName).unstarted(task);
        thread.start();
        try {
            return Optional.of(
                    task.get(Math.max(1, deadline.left().toMillis()), TimeUnit.MILLISECONDS));
        } catch (final TimeoutException late) {
            return Optional.empty();
        } catch (final InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (final ExecutionException failed) {
            if (failed.getCause() instanceof IOException failure) {
                throw failure;
            }
            throw new AssertionError(threadName + " failed", failed.getCause());
        }
    }
}
