package dev.hast.daemon.posix;

import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// Builds method handles for functions of the C library that report by `errno`.
///
/// Keep each handle in a `static final` field: the JIT then compiles the call to about 9 ns, a
/// handle held otherwise is many times dearer. The handle takes [#captureState] as its first
/// argument, then the C arguments; after a call that returned -1 the errno of *that* call is read
/// by [#negativeErrno]. `errno` itself cannot be read later, because the JVM may have made calls of
/// its own in between.
///
/// Pass addresses as `long` ([#POINTER_AS_LONG]) where a call is made per I/O: a `MemorySegment`
/// per call would be garbage.
public final class NativeFunctions {
    public static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    public static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    public static final AddressLayout POINTER = ValueLayout.ADDRESS;

    /// A pointer argument handed over as a raw address. The caller keeps the memory alive during
    /// the call.
    public static final ValueLayout.OfLong POINTER_AS_LONG = ValueLayout.JAVA_LONG;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final SymbolLookup LIBC = LINKER.defaultLookup();
    private static final StructLayout CAPTURE = Linker.Option.captureStateLayout();
    private static final VarHandle ERRNO =
            CAPTURE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
    private static final ThreadLocal<MemorySegment> STATE =
            ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(CAPTURE));

    private NativeFunctions() {}

    /// A handle `(MemorySegment state, args...)` for a function with a fixed number of arguments.
    public static MethodHandle function(final String name, final FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(
                LIBC.findOrThrow(name), descriptor, Linker.Option.captureCallState("errno"));
    }

    /// As [#function], for a variadic one such as `open` or `ioctl`; `fixed` is the number of
    /// arguments before the `...`.
    public static MethodHandle variadic(
            final String name, final FunctionDescriptor descriptor, final int fixed) {
        return LINKER.downcallHandle(
                LIBC.findOrThrow(name),
                descriptor,
                Linker.Option.captureCallState("errno"),
                Linker.Option.firstVariadicArg(fixed));
    }

    /// This thread's place for captured errno. Never pass it to another thread.
    public static MemorySegment captureState() {
        return STATE.get();
    }

    /// `-errno` of the call that was just made with `state`.
    public static int negativeErrno(final MemorySegment state) {
        return -(int) ERRNO.get(state, 0L);
    }

    /// `result`, or `-errno` if it is -1.
    public static int orErrno(final int result, final MemorySegment state) {
        return result == -1 ? negativeErrno(state) : result;
    }

    /// `result`, or `-errno` if it is -1.
    public static long orErrno(final long result, final MemorySegment state) {
        return result == -1 ? negativeErrno(state) : result;
    }

    /// For the `catch (Throwable)` that `invokeExact` forces on its caller: a bug, never an error
    /// of the kernel.
    public static AssertionError unexpected(final Throwable thrown) {
        return new AssertionError("a native call threw", thrown);
    }
}
