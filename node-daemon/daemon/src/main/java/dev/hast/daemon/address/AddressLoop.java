package dev.hast.daemon.address;

import dev.hast.daemon.posix.ProcessCalls;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The thread that owns the service addresses. Nothing on it waits for anything but the kernel.
///
/// [#execute] and [#at] may be called on any thread; after [#close] they do nothing.
final class AddressLoop implements Executor, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(AddressLoop.class);
    private static final long CLOSE_SECONDS = 5;
    private static final long ANSWER_SECONDS = 5;

    private final ScheduledThreadPoolExecutor executor;

    AddressLoop() {
        executor =
                new ScheduledThreadPoolExecutor(
                        1,
                        work ->
                                Thread.ofPlatform()
                                        .name("hast-address")
                                        .unstarted(() -> {
                                            // Late adverts cost the addresses; allowed or not, it
                                            // goes on.
                                            ProcessCalls.urgent();
                                            work.run();
                                        }));
        executor.setRemoveOnCancelPolicy(true);
        executor.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    }

    @Override
    public void execute(Runnable task) {
        try {
            executor.execute(guarded(task));
        } catch (RejectedExecutionException e) {
            LOG.atDebug().log("a task came after the end");
        }
    }

    /// Runs a task at a time of [System#nanoTime], or soon after.
    Future<?> at(long nanos, Runnable task) {
        return executor.schedule(
                guarded(task), Math.max(0, nanos - System.nanoTime()), TimeUnit.NANOSECONDS);
    }

    /// Does something on the loop and waits for it. Not on the loop.
    <T> T ask(Callable<T> work) throws AddressException {
        final CompletableFuture<T> answer = new CompletableFuture<>();
        execute(() -> {
            try {
                answer.complete(work.call());
            } catch (Exception e) {
                answer.completeExceptionally(e);
            }
        });
        try {
            return answer.get(ANSWER_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AddressException cause) {
                throw cause;
            }
            throw new IllegalStateException(e.getCause());
        } catch (TimeoutException e) {
            throw new AddressException("the thread of the service addresses does not answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AddressException("interrupted", e);
        }
    }

    /// A task that fails is logged, and the others go on.
    private static Runnable guarded(Runnable task) {
        return () -> {
            try {
                task.run();
            } catch (RuntimeException e) {
                LOG.atError().setCause(e).log("a fault in the thread of the service addresses");
            }
        };
    }

    @Override
    public void close() {
        executor.shutdown();
        try {
            executor.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        executor.shutdownNow();
    }
}
