package dev.hast.daemon.network;

import dev.hast.daemon.posix.FileCalls;
import dev.hast.daemon.posix.PacketCalls;
import dev.hast.daemon.posix.PosixException;
import dev.hast.daemon.posix.SocketCalls;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// The right of one process to the service addresses of a network namespace. It ends with the
/// process, however that ends.
///
/// An abstract unix socket: its names are those of a network namespace, as addresses are, and not
/// of a file system.
///
/// Thread: any.
public final class NamespaceLock implements AutoCloseable {
    private static final String NAME = "hast-service-addresses";

    private final int fd;

    private NamespaceLock(final int fd) {
        this.fd = fd;
    }

    /// Takes it in the network namespace of the calling thread.
    ///
    /// @throws PosixException `EADDRINUSE` when another process has it
    public static NamespaceLock take() throws PosixException {
        final int fd =
                PosixException.check(
                        "socket",
                        "unix",
                        SocketCalls.socket(SocketCalls.AF_UNIX, SocketCalls.SOCK_STREAM, 0));
        // struct sockaddr_un: family (u16), then a name that begins with a zero
        final ByteArrayOutputStream address = new ByteArrayOutputStream();
        address.write(SocketCalls.AF_UNIX);
        address.write(0);
        address.write(0);
        address.writeBytes(NAME.getBytes(StandardCharsets.US_ASCII));
        final int result = PacketCalls.bind(fd, address.toByteArray());
        if (result < 0) {
            FileCalls.close(fd);
            throw new PosixException("bind", "@" + NAME, result);
        }
        return new NamespaceLock(fd);
    }

    @Override
    public void close() {
        FileCalls.close(fd);
    }
}
