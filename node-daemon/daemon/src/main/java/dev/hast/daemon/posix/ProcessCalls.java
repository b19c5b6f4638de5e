package dev.hast.daemon.posix;

import static dev.hast.daemon.posix.NativeFunctions.INT;
import static dev.hast.daemon.posix.NativeFunctions.LONG;
import static dev.hast.daemon.posix.NativeFunctions.POINTER;
import static dev.hast.daemon.posix.NativeFunctions.captureState;
import static dev.hast.daemon.posix.NativeFunctions.function;
import static dev.hast.daemon.posix.NativeFunctions.orErrno;
import static dev.hast.daemon.posix.NativeFunctions.unexpected;
import static dev.hast.daemon.posix.NativeFunctions.variadic;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/// Calls about this process: memory locking, scheduling, its place in the write-back path, its
/// limits.
public final class ProcessCalls {
    /// Limit on open descriptors, for [#limit].
    public static final int RLIMIT_NOFILE = 7;

    /// Limit on locked memory, for [#limit].
    public static final int RLIMIT_MEMLOCK = 8;

    /// A limit that is no limit.
    public static final long UNLIMITED = -1L;

    private static final int MCL_CURRENT = 1;
    private static final int MCL_FUTURE = 2;
    private static final int MCL_ONFAULT = 4;
    private static final int PR_SET_IO_FLUSHER = 57;
    private static final int PR_GET_IO_FLUSHER = 58;

    private static final int SCHED_RR = 2;
    private static final int SCHED_RESET_ON_FORK = 0x40000000;

    private static final MethodHandle SCHED_SETSCHEDULER =
            function("sched_setscheduler", FunctionDescriptor.of(INT, INT, INT, POINTER));
    private static final MethodHandle SCHED_GETSCHEDULER =
            function("sched_getscheduler", FunctionDescriptor.of(INT, INT));
    private static final MethodHandle MLOCKALL =
            function("mlockall", FunctionDescriptor.of(INT, INT));
    private static final MethodHandle PRCTL =
            variadic("prctl", FunctionDescriptor.of(INT, INT, LONG, LONG, LONG, LONG), 1);
    private static final MethodHandle GETRLIMIT =
            function("getrlimit", FunctionDescriptor.of(INT, INT, POINTER));
    private static final MethodHandle SETRLIMIT =
            function("setrlimit", FunctionDescriptor.of(INT, INT, POINTER));

    /// A resource limit in the kernel's unit; [#UNLIMITED] where there is none.
    ///
    /// @param soft what is enforced now
    /// @param hard how far `soft` may be raised
    public record Limit(long soft, long hard) {}

    private ProcessCalls() {}

    /// Keeps every page of this process in memory once it has been touched, pages yet to come
    /// included. Without "once touched" the JVM's whole reserved heap would become resident at
    /// once. `-ENOMEM` or `-EPERM`: raise `LimitMEMLOCK`.
    public static int lockMemory() {
        final MemorySegment state = captureState();
        final int flags = MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT;
        try {
            return orErrno((int) MLOCKALL.invokeExact(state, flags), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Tells the kernel that this thread, and threads it starts later, are in the path of writing
    /// back dirty pages, so that its own allocations do not wait for the very writes that it
    /// carries. Call it first thing in `main`. Needs CAP_SYS_RESOURCE, Linux 5.6.
    public static int markIoFlusher() {
        return prctl(PR_SET_IO_FLUSHER, 1L);
    }

    /// 1 if the calling thread is marked by [#markIoFlusher], 0 if not, or `-errno`.
    public static int isIoFlusher() {
        return prctl(PR_GET_IO_FLUSHER, 0L);
    }

    /// Has the calling thread run before all that are not urgent, at the lowest real-time priority,
    /// as soon as it can run. For threads that work for microseconds and then wait; threads that it
    /// starts are as others. Needs CAP_SYS_NICE: else `-EPERM`, and nothing changes.
    public static int urgent() {
        final MemorySegment state = captureState();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment priority = arena.allocate(4, 4);
            priority.set(INT, 0, 1);
            final int policy = SCHED_RR | SCHED_RESET_ON_FORK;
            return orErrno((int) SCHED_SETSCHEDULER.invokeExact(state, 0, policy, priority), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Whether [#urgent] has worked for the calling thread.
    public static boolean isUrgent() {
        final MemorySegment state = captureState();
        try {
            return orErrno((int) SCHED_GETSCHEDULER.invokeExact(state, 0), state)
                    == (SCHED_RR | SCHED_RESET_ON_FORK);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// `prctl` with one argument.
    public static int prctl(final int option, final long argument) {
        final MemorySegment state = captureState();
        try {
            return orErrno((int) PRCTL.invokeExact(state, option, argument, 0L, 0L, 0L), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// The limit `resource`, one of `RLIMIT_*`.
    public static Limit limit(final int resource) throws PosixException {
        final MemorySegment state = captureState();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment limit = arena.allocate(16, 8);
            final int result;
            try {
                result = orErrno((int) GETRLIMIT.invokeExact(state, resource, limit), state);
            } catch (final Throwable thrown) {
                throw unexpected(thrown);
            }
            PosixException.check("getrlimit", "limit " + resource, result);
            return new Limit(limit.get(LONG, 0), limit.get(LONG, 8));
        }
    }

    /// Sets the limit `resource`; raising `hard` needs CAP_SYS_RESOURCE.
    public static int setLimit(final int resource, final Limit value) {
        final MemorySegment state = captureState();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment limit = arena.allocate(16, 8);
            limit.set(LONG, 0, value.soft());
            limit.set(LONG, 8, value.hard());
            return orErrno((int) SETRLIMIT.invokeExact(state, resource, limit), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }
}
