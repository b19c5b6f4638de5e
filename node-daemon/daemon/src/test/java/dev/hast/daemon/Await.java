package dev.hast.daemon;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/// Waits until something is so; fails with what is known when it does not come.
public final class Await {

    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final long LOOK_NANOS = 5_000_000;

    private Await() {}

    public static void until(String what, Callable<Boolean> condition) {
        until(what, condition, () -> "");
    }

    /// @param state what to tell when it does not come
    public static void until(String what, Callable<Boolean> condition, Supplier<?> state) {
        final long end = System.nanoTime() + LIMIT.toNanos();
        while (System.nanoTime() - end < 0) {
            try {
                if (condition.call()) {
                    return;
                }
            } catch (Exception e) {
                throw new AssertionError("while waiting for: " + what, e);
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
        throw new AssertionError(
                "not within %s: %s; %s".formatted(LIMIT, what, String.valueOf(state.get())));
    }
}
