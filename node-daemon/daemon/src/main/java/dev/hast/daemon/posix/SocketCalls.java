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
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.net.Inet4Address;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;

/// Sockets by descriptor, for what a `java.net` socket cannot do: netlink, and handing a connected
/// socket to the kernel. All block up to the time-out set on the socket, and copy their bytes: not
/// for a data path.
///
/// Results: not negative, or `-errno`. A time-out is `-EAGAIN`.
public final class SocketCalls {
    public static final int AF_UNIX = 1;
    public static final int AF_INET = 2;
    public static final int AF_INET6 = 10;
    public static final int AF_NETLINK = 16;
    public static final int AF_PACKET = 17;
    public static final int SOCK_STREAM = 1;
    public static final int SOCK_RAW = 3;
    public static final int SHUT_RDWR = 2;
    public static final int IPPROTO_TCP = 6;
    public static final int SOL_SOCKET = 1;
    public static final int SOL_NETLINK = 270;
    public static final int TCP_NODELAY = 1;
    public static final int SO_RCVBUF = 8;
    public static final int SO_RCVTIMEO = 20;
    public static final int SO_SNDTIMEO = 21;
    public static final int NETLINK_ADD_MEMBERSHIP = 1;

    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_PEEK_DONTWAIT = 0x2 | 0x40;
    private static final int UNIX_PATH_MAX = 108;

    private static final MethodHandle SOCKET =
            function("socket", FunctionDescriptor.of(INT, INT, INT, INT));
    private static final MethodHandle CONNECT =
            function("connect", FunctionDescriptor.of(INT, INT, POINTER, INT));
    private static final MethodHandle BIND =
            function("bind", FunctionDescriptor.of(INT, INT, POINTER, INT));
    private static final MethodHandle SEND =
            function("send", FunctionDescriptor.of(LONG, INT, POINTER, LONG, INT));
    private static final MethodHandle RECV =
            function("recv", FunctionDescriptor.of(LONG, INT, POINTER, LONG, INT));
    private static final MethodHandle SHUTDOWN =
            function("shutdown", FunctionDescriptor.of(INT, INT, INT));
    private static final MethodHandle SETSOCKOPT =
            function("setsockopt", FunctionDescriptor.of(INT, INT, INT, INT, POINTER, INT));
    private static final MethodHandle GETSOCKOPT =
            function("getsockopt", FunctionDescriptor.of(INT, INT, INT, INT, POINTER, POINTER));

    private SocketCalls() {}

    /// A new socket, closed on exec.
    public static int socket(final int domain, final int type, final int protocol) {
        final MemorySegment state = captureState();
        try {
            return orErrno(
                    (int) SOCKET.invokeExact(state, domain, type | SOCK_CLOEXEC, protocol), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Connects to a unix socket in the file system; waits up to the send time-out of `fd`.
    public static int connectUnix(final int fd, final Path path) {
        final byte[] name = path.toString().getBytes(StandardCharsets.UTF_8);
        if (name.length >= UNIX_PATH_MAX) {
            return -Errno.EINVAL;
        }
        try (Arena arena = Arena.ofConfined()) {
            // struct sockaddr_un: family (u16), path
            final MemorySegment address = arena.allocate(2 + UNIX_PATH_MAX, 2);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
            MemorySegment.copy(name, 0, address, ValueLayout.JAVA_BYTE, 2, name.length);
            return connect(fd, address);
        }
    }

    /// Connects by TCP; waits up to the send time-out of `fd`.
    public static int connectInet(final int fd, final Inet4Address host, final int port) {
        try (Arena arena = Arena.ofConfined()) {
            // struct sockaddr_in: family (u16), port and address in network order, 8 of padding
            final MemorySegment address = arena.allocate(16, 4);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_INET);
            address.set(ValueLayout.JAVA_BYTE, 2, (byte) (port >> 8));
            address.set(ValueLayout.JAVA_BYTE, 3, (byte) port);
            MemorySegment.copy(host.getAddress(), 0, address, ValueLayout.JAVA_BYTE, 4, 4);
            return connect(fd, address);
        }
    }

    private static int connect(final int fd, final MemorySegment address) {
        final MemorySegment state = captureState();
        try {
            return orErrno(
                    (int) CONNECT.invokeExact(state, fd, address, (int) address.byteSize()), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Gives a netlink socket an address that the kernel chooses.
    public static int bindNetlink(final int fd) {
        final MemorySegment state = captureState();
        try (Arena arena = Arena.ofConfined()) {
            // struct sockaddr_nl: family (u16), padding (u16), port id (u32), groups (u32)
            final MemorySegment address = arena.allocate(12, 4);
            address.set(ValueLayout.JAVA_SHORT, 0, (short) AF_NETLINK);
            return orErrno((int) BIND.invokeExact(state, fd, address, 12), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Sends `bytes`; returns how many went, which may be fewer. Never raises SIGPIPE.
    public static int send(final int fd, final byte[] bytes, final int from, final int length) {
        final MemorySegment state = captureState();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment memory = arena.allocate(Math.max(1, length));
            MemorySegment.copy(bytes, from, memory, ValueLayout.JAVA_BYTE, 0, length);
            return (int)
                    orErrno(
                            (long) SEND.invokeExact(state, fd, memory, (long) length, MSG_NOSIGNAL),
                            state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Receives up to `length` bytes; 0 is the end of the stream.
    public static int receive(final int fd, final byte[] bytes, final int from, final int length) {
        return receive(fd, bytes, from, length, 0);
    }

    /// Whether the stream has ended or been shut down on either side, and holds nothing more to
    /// read. Does not wait and takes nothing out of the stream.
    public static boolean isEnded(final int fd) {
        final int result = receive(fd, new byte[1], 0, 1, MSG_PEEK_DONTWAIT);
        return result == 0 || (result < 0 && result != -Errno.EAGAIN);
    }

    private static int receive(
            final int fd, final byte[] bytes, final int from, final int length, final int flags) {
        final MemorySegment state = captureState();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment memory = arena.allocate(Math.max(1, length));
            final int result =
                    (int)
                            orErrno(
                                    (long)
                                            RECV.invokeExact(
                                                    state, fd, memory, (long) length, flags),
                                    state);
            if (result > 0) {
                MemorySegment.copy(memory, ValueLayout.JAVA_BYTE, 0, bytes, from, result);
            }
            return result;
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Ends the connection for every holder of the socket, the kernel included.
    public static int shutdown(final int fd) {
        final MemorySegment state = captureState();
        try {
            return orErrno((int) SHUTDOWN.invokeExact(state, fd, SHUT_RDWR), state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Sets an option whose value is an `int`.
    public static int setOption(final int fd, final int level, final int option, final int value) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment memory = arena.allocateFrom(INT, value);
            return setOption(fd, level, option, memory);
        }
    }

    /// Sets [#SO_RCVTIMEO] or [#SO_SNDTIMEO]; zero is no time-out.
    public static int setTimeout(final int fd, final int option, final Duration timeout) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment memory = arena.allocate(16, 8);
            memory.set(LONG, 0, timeout.toSeconds());
            memory.set(LONG, 8, timeout.toNanosPart() / 1_000);
            return setOption(fd, SOL_SOCKET, option, memory);
        }
    }

    /// Sets an option whose value is a structure.
    public static int setOption(
            final int fd, final int level, final int option, final byte[] value) {
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment memory = arena.allocate(Math.max(1, value.length), 8);
            MemorySegment.copy(value, 0, memory, ValueLayout.JAVA_BYTE, 0, value.length);
            return setOption(fd, level, option, memory.asSlice(0, value.length));
        }
    }

    private static int setOption(
            final int fd, final int level, final int option, final MemorySegment value) {
        final MemorySegment state = captureState();
        try {
            return orErrno(
                    (int)
                            SETSOCKOPT.invokeExact(
                                    state, fd, level, option, value, (int) value.byteSize()),
                    state);
        } catch (final Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /// Reads [#SO_RCVTIMEO] or [#SO_SNDTIMEO].
    public static Duration timeout(final int fd, final int option) throws PosixException {
        final MemorySegment state = captureState();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment memory = arena.allocate(16, 8);
            final MemorySegment length = arena.allocateFrom(INT, 16);
            final int result;
            try {
                result =
                        orErrno(
                                (int)
                                        GETSOCKOPT.invokeExact(
                                                state, fd, SOL_SOCKET, option, memory, length),
                                state);
            } catch (final Throwable thrown) {
                throw unexpected(thrown);
            }
            PosixException.check("getsockopt", "socket " + fd, result);
            return Duration.ofSeconds(memory.get(LONG, 0)).plusNanos(memory.get(LONG, 8) * 1_000);
        }
    }
}
