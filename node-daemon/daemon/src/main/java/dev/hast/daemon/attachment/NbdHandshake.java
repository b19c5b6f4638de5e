package dev.hast.daemon.attachment;

import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.FileCalls;
import dev.hast.daemon.posix.SocketCalls;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/// The client side of NBD's fixed newstyle handshake, by `NBD_OPT_GO`, on a socket that goes to the
/// kernel afterwards.
///
/// Structured replies are not asked for: the kernel's client does not know them.
///
/// | step | bytes | what |
/// |---|---|---|
/// | server | 8 + 8 + 2 | `NBDMAGIC`, `IHAVEOPT`, handshake flags |
/// | client | 4 | client flags |
/// | client | 8 + 4 + 4 + n | `IHAVEOPT`, option 7, length, name length, name, 0 information requests |
/// | server | 8 + 4 + 4 + 4 + n | reply magic, option, type, length: INFO (size and flags) any times, then ACK |
final class NbdHandshake {
    static final int FLAG_CAN_MULTI_CONN = 1 << 8;

    private static final long NBD_MAGIC = 0x4e42444d41474943L;
    private static final long OPTION_MAGIC = 0x49484156454f5054L;
    private static final long REPLY_MAGIC = 0x0003e889045565a9L;
    private static final int OPT_GO = 7;
    private static final int REPLY_ACK = 1;
    private static final int REPLY_INFO = 3;
    private static final int INFO_EXPORT = 0;
    private static final int FIXED_NEWSTYLE = 1;
    private static final int REPLY_LENGTH_MAX = 64 * 1024;
    private static final int REPLIES_MAX = 64;

    /// A socket after its handshake, ready for requests.
    ///
    /// @param fd the caller owns it
    /// @param flags the transmission flags, as `NBD_ATTR_SERVER_FLAGS` wants them
    record Link(int fd, long size, int flags) {
        boolean canMultiConn() {
            return (flags & FLAG_CAN_MULTI_CONN) != 0;
        }

        void close() {
            FileCalls.close(fd);
        }
    }

    private final int fd;
    private final String subject;

    private NbdHandshake(final int fd, final String subject) {
        this.fd = fd;
        this.subject = subject;
    }

    /// Connects and shakes hands. Each wait for the server is bounded by `timeout`; zero is no time
    /// at all, not no bound as it is for the kernel.
    static Link connect(
            final ExportAddress address, final String exportName, final Duration timeout)
            throws AttachmentException {
        final String subject = "the export '" + exportName + "' at " + address;
        final int fd = open(address, subject, timeout.isZero() ? Duration.ofMillis(1) : timeout);
        try {
            final Link link = new NbdHandshake(fd, subject).go(exportName);
            SocketCalls.setTimeout(fd, SocketCalls.SO_RCVTIMEO, Duration.ZERO);
            SocketCalls.setTimeout(fd, SocketCalls.SO_SNDTIMEO, Duration.ZERO);
            return link;
        } catch (final AttachmentException failure) {
            FileCalls.close(fd);
            throw failure;
        }
    }

    private static int open(
            final ExportAddress address, final String subject, final Duration timeout)
            throws AttachmentException {
        final int domain =
                switch (address) {
                    case ExportAddress.Unix unix -> SocketCalls.AF_UNIX;
                    case ExportAddress.Tcp tcp -> SocketCalls.AF_INET;
                };
        final int fd = SocketCalls.socket(domain, SocketCalls.SOCK_STREAM, 0);
        if (fd < 0) {
            throw new AttachmentException("no socket for " + subject + ": " + Errno.describe(fd));
        }
        SocketCalls.setTimeout(fd, SocketCalls.SO_RCVTIMEO, timeout);
        SocketCalls.setTimeout(fd, SocketCalls.SO_SNDTIMEO, timeout);
        final int result =
                switch (address) {
                    case ExportAddress.Unix unix -> SocketCalls.connectUnix(fd, unix.socket());
                    case ExportAddress.Tcp tcp -> connectTcp(fd, tcp);
                };
        if (result < 0) {
            FileCalls.close(fd);
            throw new AttachmentException(
                    "cannot connect to " + subject + ": " + Errno.describe(result));
        }
        return fd;
    }

    private static int connectTcp(final int fd, final ExportAddress.Tcp tcp) {
        SocketCalls.setOption(fd, SocketCalls.IPPROTO_TCP, SocketCalls.TCP_NODELAY, 1);
        try {
            final InetAddress host = InetAddress.ofLiteral(tcp.host());
            return host instanceof Inet4Address inet4
                    ? SocketCalls.connectInet(fd, inet4, tcp.port())
                    : -Errno.EINVAL;
        } catch (final IllegalArgumentException notAnAddress) {
            return -Errno.EINVAL;
        }
    }

    private Link go(final String exportName) throws AttachmentException {
        final ByteBuffer greeting = receive(18);
        if (greeting.getLong() != NBD_MAGIC || greeting.getLong() != OPTION_MAGIC) {
            throw new AttachmentException(subject + " does not speak NBD's newstyle handshake");
        }
        final int handshakeFlags = Short.toUnsignedInt(greeting.getShort());
        if ((handshakeFlags & FIXED_NEWSTYLE) == 0) {
            throw new AttachmentException(subject + " speaks the old newstyle, without options");
        }
        send(request(exportName, handshakeFlags & 3));
        long size = -1;
        int flags = 0;
        for (int replies = 0; replies < REPLIES_MAX; replies++) {
            final ByteBuffer head = receive(20);
            if (head.getLong() != REPLY_MAGIC || head.getInt() != OPT_GO) {
                throw new AttachmentException(subject + " broke the handshake");
            }
            final int type = head.getInt();
            final int length = head.getInt();
            if (length < 0 || length > REPLY_LENGTH_MAX) {
                throw new AttachmentException(subject + " sent a reply of " + length + " bytes");
            }
            final ByteBuffer data = receive(length);
            if (type < 0) {
                throw new AttachmentException(subject + " refused: " + refusal(type, data));
            }
            if (type == REPLY_ACK && size >= 0) {
                return new Link(fd, size, flags);
            }
            if (type == REPLY_INFO && length == 12 && data.getShort() == INFO_EXPORT) {
                size = data.getLong();
                flags = Short.toUnsignedInt(data.getShort());
            }
        }
        throw new AttachmentException(subject + " did not end the handshake");
    }

    private static byte[] request(final String exportName, final int clientFlags) {
        final byte[] name = exportName.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(4 + 16 + 4 + name.length + 2)
                .putInt(clientFlags)
                .putLong(OPTION_MAGIC)
                .putInt(OPT_GO)
                .putInt(4 + name.length + 2)
                .putInt(name.length)
                .put(name)
                .putShort((short) 0)
                .array();
    }

    private static String refusal(final int type, final ByteBuffer data) {
        final String text = StandardCharsets.UTF_8.decode(data).toString();
        return "error " + (type & 0x7fffffff) + (text.isEmpty() ? "" : " (" + text + ")");
    }

    private void send(final byte[] bytes) throws AttachmentException {
        int sent = 0;
        while (sent < bytes.length) {
            final int result = SocketCalls.send(fd, bytes, sent, bytes.length - sent);
            if (result < 0) {
                throw lost(result);
            }
            sent += result;
        }
    }

    private ByteBuffer receive(final int length) throws AttachmentException {
        final byte[] bytes = new byte[length];
        int received = 0;
        while (received < length) {
            final int result = SocketCalls.receive(fd, bytes, received, length - received);
            if (result < 0) {
                throw lost(result);
            }
            if (result == 0) {
                throw new AttachmentException(subject + " closed the connection in the handshake");
            }
            received += result;
        }
        return ByteBuffer.wrap(bytes);
    }

    private AttachmentException lost(final int result) {
        return new AttachmentException(
                result == -Errno.EAGAIN
                        ? subject + " does not answer the handshake"
                        : "the handshake with " + subject + " failed: " + Errno.describe(result));
    }
}
