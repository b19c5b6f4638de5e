package dev.hast.daemon.hook;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// Runs hooks in order, one at a time, on a thread of its own; nobody waits for them. Any thread.
public final class HookQueue implements AutoCloseable {

    private final ExecutorService runner;
    private final Semaphore room;

    /// @param thread its name
    /// @param most hooks that wait or run at the same time; more are not taken
    public HookQueue(String thread, int most) {
        runner = Executors.newSingleThreadExecutor(Thread.ofVirtual().name(thread).factory());
        room = new Semaphore(most);
    }

    /// @return false when too many wait already
    public boolean offer(Runnable hook) {
        if (!room.tryAcquire()) {
            return false;
        }
        runner.execute(() -> {
            try {
                hook.run();
            } finally {
                room.release();
            }
        });
        return true;
    }

    /// Takes no more; those that wait still run.
    @Override
    public void close() {
        runner.shutdown();
    }

    /// After [#close]: waits for those that wait.
    ///
    /// @return whether all have ended
    public boolean await(Duration limit) throws InterruptedException {
        return runner.awaitTermination(limit.toMillis(), TimeUnit.MILLISECONDS);
    }
}
