package dev.hast.daemon.control;

import java.time.Duration;

/// Wakes those who watch something when it has changed. Thread-safe; [#changed] never blocks for
/// long and may be called on an event loop.
public final class ChangeSignal {

    private final Object lock = new Object();
    private long version;

    /// Something has changed.
    public void changed() {
        synchronized (lock) {
            version++;
            lock.notifyAll();
        }
    }

    /// The number of changes so far.
    public long version() {
        synchronized (lock) {
            return version;
        }
    }

    /// Waits until there were more changes than `seen`, but no longer than `limit`.
    ///
    /// @return the number of changes so far
    public long await(long seen, Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        synchronized (lock) {
            while (version <= seen) {
                long left = deadline - System.nanoTime();
                if (left <= 0) {
                    break;
                }
                lock.wait(left / 1_000_000, (int) (left % 1_000_000));
            }
            return version;
        }
    }
}
