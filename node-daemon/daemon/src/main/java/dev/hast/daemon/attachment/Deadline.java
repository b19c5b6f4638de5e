package dev.hast.daemon.attachment;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// A point in time by which something must be over.
final class Deadline {
    private static final long STEP_NANOS = Duration.ofMillis(20).toNanos();

    private final long atNanos;

    private Deadline(final long atNanos) {
        this.atNanos = atNanos;
    }

    static Deadline in(final Duration duration) {
        return new Deadline(System.nanoTime() + duration.toNanos());
    }

    Duration left() {
        return Duration.ofNanos(Math.max(0, atNanos - System.nanoTime()));
    }

    boolean isOver() {
        return System.nanoTime() - atNanos >= 0;
    }

    /// This deadline, or `duration` from now if that is earlier.
    Deadline orIn(final Duration duration) {
        final long other = System.nanoTime() + duration.toNanos();
        return other - atNanos < 0 ? new Deadline(other) : this;
    }

    /// Waits for something that the kernel or another process brings about, and that nobody
    /// announces: /sys and /proc cannot be watched. Looks every 20 ms.
    ///
    /// @return whether it came true in time
    boolean await(final BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            if (isOver() || Thread.currentThread().isInterrupted()) {
                return condition.getAsBoolean();
            }
            LockSupport.parkNanos(STEP_NANOS);
        }
        return true;
    }
}
