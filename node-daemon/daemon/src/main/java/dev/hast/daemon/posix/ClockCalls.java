package dev.hast.daemon.posix;

import static dev.hast.daemon.posix.NativeFunctions.INT;
import static dev.hast.daemon.posix.NativeFunctions.LONG;
import static dev.hast.daemon.posix.NativeFunctions.POINTER;
import static dev.hast.daemon.posix.NativeFunctions.captureState;
import static dev.hast.daemon.posix.NativeFunctions.function;
import static dev.hast.daemon.posix.NativeFunctions.orErrno;
import static dev.hast.daemon.posix.NativeFunctions.unexpected;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// What the kernel's clocks can do.
public final class ClockCalls {
    /// The longest tick of any kernel that is in use: 100 a second.
    private static final long TICK_MAX = 10_000_000;

    private static final int CLOCK_MONOTONIC_COARSE = 6;
    private static final MethodHandle CLOCK_GETRES =
            function("clock_getres", FunctionDescriptor.of(INT, INT, POINTER));

    private ClockCalls() {}

    /// Nanoseconds between two ticks of the kernel, by which its own time-outs go: 1 to 10 ms.
    public static long tick() {
        final MemorySegment state = captureState();
        try (Arena arena = Arena.ofConfined()) {
            // struct timespec: seconds, nanoseconds
            final MemorySegment resolution = arena.allocate(16, 8);
            final int result =
                    orErrno(
                            (int)
                                    CLOCK_GETRES.invokeExact(
                                            state, CLOCK_MONOTONIC_COARSE, resolution),
                            state);
            final long nanos = resolution.get(LONG, 8);
            return result < 0 || nanos < 1 || nanos > TICK_MAX ? TICK_MAX : nanos;
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }
}
