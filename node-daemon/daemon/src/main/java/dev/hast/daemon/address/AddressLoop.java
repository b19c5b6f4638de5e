package dev.hast.daemon.address;

import java.util.concurrent.Executor;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The thread that owns the service addresses. Nothing on it waits for anything but the kernel.
///
/// [#execute] and [#at] may be called on any thread; after [#close] they do nothing.
final class AddressLoop implements Executor, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(AddressLoop.class);
    private static final long CLOSE_SECONDS = 5;

    private final ScheduledThreadPoolExecutor executor;

    AddressLoop() {
        executor =
                new ScheduledThreadPoolExecutor(
                        1,
                        Thread.ofPlatform()
                                .name("hast-address")
                                .priority(Thread.MAX_PRIORITY)
                                .factory());
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
