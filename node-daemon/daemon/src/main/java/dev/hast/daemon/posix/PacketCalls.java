package dev.hast.daemon.posix;

import static dev.hast.daemon.posix.NativeFunctions.INT;
import static dev.hast.daemon.posix.NativeFunctions.LONG;
import static dev.hast.daemon.posix.NativeFunctions.POINTER;
import static dev.hast.daemon.posix.NativeFunctions.POINTER_AS_LONG;
import static dev.hast.daemon.posix.NativeFunctions.captureState;
import static dev.hast.daemon.posix.NativeFunctions.function;
import static dev.hast.daemon.posix.NativeFunctions.orErrno;
import static dev.hast.daemon.posix.NativeFunctions.unexpected;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/// Datagrams and the waiting for them, by memory that the caller keeps: nothing here allocates,
/// except [#bind] and [#attachFilter].
///
/// Results: not negative, or `-errno`. Layouts are those of 64-bit Linux.
public final class PacketCalls {
    public static final int MSG_DONTWAIT = 0x40;

    public static final short POLLIN = 1;

    /// What `poll` reports of a descriptor that is not open.
    public static final short POLLNVAL = 0x20;

    /// Bytes of a `struct pollfd`: descriptor (`int`), events (`short`), what happened (`short`).
    public static final int POLLFD_BYTES = 8;

    private static final int EFD_CLOEXEC_NONBLOCK = 0x80000 | 0x800;

    private static final MethodHandle SENDTO =
            function(
                    "sendto",
                    FunctionDescriptor.of(
                            LONG, INT, POINTER_AS_LONG, LONG, INT, POINTER_AS_LONG, INT));
    private static final MethodHandle RECV =
            function("recv", FunctionDescriptor.of(LONG, INT, POINTER_AS_LONG, LONG, INT));
    private static final MethodHandle RECVFROM =
            function(
                    "recvfrom",
                    FunctionDescriptor.of(
                            LONG,
                            INT,
                            POINTER_AS_LONG,
                            LONG,
                            INT,
                            POINTER_AS_LONG,
                            POINTER_AS_LONG));
    private static final MethodHandle RECVMSG =
            function("recvmsg", FunctionDescriptor.of(LONG, INT, POINTER_AS_LONG, INT));
    private static final MethodHandle POLL =
            function("poll", FunctionDescriptor.of(INT, POINTER_AS_LONG, LONG, INT));
    private static final MethodHandle EVENTFD =
            function("eventfd", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle READ =
            function("read", FunctionDescriptor.of(LONG, INT, POINTER_AS_LONG, LONG));
    private static final MethodHandle WRITE =
            function("write", FunctionDescriptor.of(LONG, INT, POINTER_AS_LONG, LONG));
    private static final MethodHandle BIND =
            function("bind", FunctionDescriptor.of(INT, INT, POINTER, INT));

    private static final MethodHandle SETSOCKOPT =
            function("setsockopt", FunctionDescriptor.of(INT, INT, INT, INT, POINTER, INT));
    private static final int SO_ATTACH_FILTER = 26;
    private static final int BPF_INSTRUCTION_BYTES = 8;

    private PacketCalls() {}

    /// Lets only packets through that a classic BPF program accepts; `program` is its instructions,
    /// 8 bytes each: code (`u16`), jump if true, jump if false (`u8`), value (`u32`).
    public static int attachFilter(final int fd, final byte[] program) {
        final MemorySegment state = captureState();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment code = arena.allocate(program.length, 8);
            MemorySegment.copy(program, 0, code, ValueLayout.JAVA_BYTE, 0, program.length);
            // struct sock_fprog: number of instructions (u16), padding, their address
            final MemorySegment described = arena.allocate(16, 8);
            described.set(
                    ValueLayout.JAVA_SHORT, 0, (short) (program.length / BPF_INSTRUCTION_BYTES));
            described.set(LONG, 8, code.address());
            return orErrno(
                    (int)
                            SETSOCKOPT.invokeExact(
                                    state,
                                    fd,
                                    SocketCalls.SOL_SOCKET,
                                    SO_ATTACH_FILTER,
                                    described,
                                    16),
                    state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Sends one datagram to the socket address at `target`; never waits. With `targetLength` 0 to
    /// the address the socket is connected to.
    public static int send(
            final int fd,
            final long address,
            final long length,
            final long target,
            final int targetLength) {
        final MemorySegment state = captureState();
        try {
            return (int)
                    orErrno(
                            (long)
                                    SENDTO.invokeExact(
                                            state,
                                            fd,
                                            address,
                                            length,
                                            MSG_DONTWAIT,
                                            target,
                                            targetLength),
                            state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Receives one datagram; never waits: `-EAGAIN` when there is none.
    public static int receive(final int fd, final long address, final long capacity) {
        final MemorySegment state = captureState();
        try {
            return (int)
                    orErrno(
                            (long) RECV.invokeExact(state, fd, address, capacity, MSG_DONTWAIT),
                            state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// As [#receive], with the sender's socket address at `source`; `sourceLength` is the place of
    /// a `socklen_t` that the caller sets to the room there is.
    public static int receiveFrom(
            final int fd,
            final long address,
            final long capacity,
            final long source,
            final long sourceLength) {
        final MemorySegment state = captureState();
        try {
            return (int)
                    orErrno(
                            (long)
                                    RECVFROM.invokeExact(
                                            state,
                                            fd,
                                            address,
                                            capacity,
                                            MSG_DONTWAIT,
                                            source,
                                            sourceLength),
                            state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// As [#receive], by the `struct msghdr` at `message`.
    public static int receiveMessage(final int fd, final long message) {
        final MemorySegment state = captureState();
        try {
            return (int)
                    orErrno((long) RECVMSG.invokeExact(state, fd, message, MSG_DONTWAIT), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Waits for one of the `count` descriptors at `pollfds`; -1 ms is for ever.
    public static int poll(final long pollfds, final int count, final int milliseconds) {
        final MemorySegment state = captureState();
        try {
            return orErrno(
                    (int) POLL.invokeExact(state, pollfds, (long) count, milliseconds), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// A counter to wake a [#poll] with, by [#add] and [#drain].
    public static int eventCounter() {
        final MemorySegment state = captureState();
        try {
            return orErrno((int) EVENTFD.invokeExact(state, 0, EFD_CLOEXEC_NONBLOCK), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Adds the `u64` at `address` to an event counter.
    public static int add(final int fd, final long address) {
        final MemorySegment state = captureState();
        try {
            return (int) orErrno((long) WRITE.invokeExact(state, fd, address, 8L), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Takes all out of an event counter, into the `u64` at `address`.
    public static int drain(final int fd, final long address) {
        final MemorySegment state = captureState();
        try {
            return (int) orErrno((long) READ.invokeExact(state, fd, address, 8L), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Binds `fd` to a socket address, given as its bytes.
    public static int bind(final int fd, final byte[] socketAddress) {
        final MemorySegment state = captureState();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment memory = arena.allocate(socketAddress.length, 8);
            MemorySegment.copy(
                    socketAddress, 0, memory, ValueLayout.JAVA_BYTE, 0, socketAddress.length);
            return orErrno((int) BIND.invokeExact(state, fd, memory, socketAddress.length), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }
}
