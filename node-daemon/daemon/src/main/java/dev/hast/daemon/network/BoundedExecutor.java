package dev.hast.daemon.network;

import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// Hands events to an executor as long as it keeps up; drops and counts them when it does not, so
/// that a flood on the wire fills no queue.
///
/// Thread: any.
public final class BoundedExecutor {
    private final Executor executor;
    private final int pendingMax;
    private final AtomicInteger pending = new AtomicInteger();
    private final AtomicLong dropped = new AtomicLong();

    /// @param pendingMax events handed over and not yet run
    public BoundedExecutor(final Executor executor, final int pendingMax) {
        this.executor = executor;
        this.pendingMax = pendingMax;
    }

    /// Hands `event` over.
    ///
    /// @return false when it was dropped
    public boolean offer(final Runnable event) {
        if (pending.incrementAndGet() > pendingMax) {
            return drop();
        }
        try {
            executor.execute(() -> {
                pending.decrementAndGet();
                event.run();
            });
            return true;
        } catch (final RejectedExecutionException _) {
            return drop();
        }
    }

    private boolean drop() {
        pending.decrementAndGet();
        dropped.incrementAndGet();
        return false;
    }

    /// Events dropped so far.
    public long dropped() {
        return dropped.get();
    }
}
