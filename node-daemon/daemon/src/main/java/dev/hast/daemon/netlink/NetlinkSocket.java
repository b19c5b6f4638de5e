package dev.hast.daemon.netlink;

import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.FileCalls;
import dev.hast.daemon.posix.PosixException;
import dev.hast.daemon.posix.SocketCalls;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// One netlink socket: requests with an acknowledgement, dumps, and news of multicast groups.
///
/// It belongs to the network namespace of the thread that opened it.
///
/// Thread: one at a time; the methods are synchronized. A request waits for the kernel to have done
/// it, at most as long as [#setReceiveTimeout] says. Use one socket for requests and another for
/// news.
public final class NetlinkSocket implements AutoCloseable {
    public static final int NETLINK_ROUTE = 0;
    public static final int NETLINK_SOCK_DIAG = 4;
    public static final int NETLINK_NETFILTER = 12;
    public static final int NETLINK_GENERIC = 16;

    public static final int NLM_F_REQUEST = 1;
    public static final int NLM_F_ACK = 4;
    public static final int NLM_F_DUMP_INTR = 0x10;
    public static final int NLM_F_DUMP = 0x300;
    public static final int NLM_F_REPLACE = 0x100;
    public static final int NLM_F_EXCL = 0x200;
    public static final int NLM_F_CREATE = 0x400;

    public static final int NLMSG_ERROR = 2;
    private static final int NLMSG_DONE = 3;

    /// Bytes of the header of every message.
    public static final int HEADER = 16;

    private static final int RECEIVE_MAX = 64 * 1024;
    private static final int DUMPS_MAX = 5;

    private final int fd;
    private final String name;
    private int sequence;

    private NetlinkSocket(final int fd, final String name) {
        this.fd = fd;
        this.name = name;
    }

    /// @param name for messages, such as `rtnetlink`
    /// @throws PosixException `EPROTONOSUPPORT` when the kernel lacks the protocol
    public static NetlinkSocket open(final int protocol, final String name) throws PosixException {
        final int fd =
                PosixException.check(
                        "socket",
                        name,
                        SocketCalls.socket(SocketCalls.AF_NETLINK, SocketCalls.SOCK_RAW, protocol));
        final int bound = SocketCalls.bindNetlink(fd);
        if (bound < 0) {
            FileCalls.close(fd);
            throw new PosixException("bind", name, bound);
        }
        return new NetlinkSocket(fd, name);
    }

    /// The descriptor, to wait for news with. The socket goes on owning it.
    public int descriptor() {
        return fd;
    }

    /// How long a request or [#receive] waits at most; zero is for ever.
    public synchronized void setReceiveTimeout(final Duration timeout) {
        SocketCalls.setTimeout(fd, SocketCalls.SO_RCVTIMEO, timeout);
    }

    /// Joins a multicast group; [#receive] then returns its messages.
    public synchronized void join(final int group) throws PosixException {
        PosixException.check(
                "join",
                name + " group " + group,
                SocketCalls.setOption(
                        fd, SocketCalls.SOL_NETLINK, SocketCalls.NETLINK_ADD_MEMBERSHIP, group));
    }

    /// Sends one request and returns what the kernel answers before its acknowledgement.
    ///
    /// @param flags beside `NLM_F_REQUEST` and `NLM_F_ACK`
    /// @throws PosixException with the kernel's error number; `ETIMEDOUT` when it did not answer
    public synchronized List<NetlinkMessage> request(
            final int type, final int flags, final byte[] body) throws PosixException {
        send(type, NLM_F_REQUEST | NLM_F_ACK | flags, body);
        return answers(type);
    }

    /// Asks for everything of one kind. A dump that the kernel says was overtaken by a change is
    /// asked for again.
    public synchronized List<NetlinkMessage> dump(final int type, final byte[] body)
            throws PosixException {
        for (int left = DUMPS_MAX; left > 0; left--) {
            send(type, NLM_F_REQUEST | NLM_F_DUMP, body);
            final List<NetlinkMessage> answers = answers(type);
            if (answers.stream().noneMatch(answer -> (answer.flags() & NLM_F_DUMP_INTR) != 0)) {
                return answers;
            }
        }
        throw new PosixException("dump " + type, name, Errno.EAGAIN);
    }

    /// Sends `bytes`, whole messages with their headers, as they are.
    public synchronized void sendAll(final byte[] bytes) throws PosixException {
        PosixException.check("send", name, SocketCalls.send(fd, bytes, 0, bytes.length));
    }

    private void send(final int type, final int flags, final byte[] body) throws PosixException {
        sequence++;
        sendAll(encode(type, flags, sequence, body));
    }

    private List<NetlinkMessage> answers(final int type) throws PosixException {
        final List<NetlinkMessage> answers = new ArrayList<>();
        while (true) {
            final ByteBuffer received = receiveBytes();
            while (received.remaining() >= HEADER) {
                final ByteBuffer one = next(received);
                if (one.getInt(8) != sequence) {
                    continue;
                }
                final NetlinkMessage message = message(one);
                if (message.type() == NLMSG_ERROR || message.type() == NLMSG_DONE) {
                    final int result =
                            message.body().remaining() >= 4 ? message.body().getInt(0) : 0;
                    PosixException.check("netlink request " + type, name, result);
                    return answers;
                }
                answers.add(message);
            }
        }
    }

    /// One message with its header.
    public static byte[] encode(
            final int type, final int flags, final int sequence, final byte[] body) {
        // nlmsghdr: length (u32), type (u16), flags (u16), sequence (u32), port id (u32)
        return ByteBuffer.allocate(HEADER + ((body.length + 3) & ~3))
                .order(ByteOrder.nativeOrder())
                .putInt(HEADER + body.length)
                .putShort((short) type)
                .putShort((short) flags)
                .putInt(sequence)
                .putInt(0)
                .put(body)
                .array();
    }

    /// The messages that come next: all that the kernel put into one datagram.
    ///
    /// @return none when the time-out has passed
    /// @throws PosixException `ENOBUFS` when some were lost
    public synchronized List<NetlinkMessage> receive() throws PosixException {
        final List<NetlinkMessage> messages = new ArrayList<>();
        final ByteBuffer received;
        try {
            received = receiveBytes();
        } catch (final PosixException failure) {
            if (failure.errno() == Errno.ETIMEDOUT || failure.errno() == Errno.EINTR) {
                return messages;
            }
            throw failure;
        }
        while (received.remaining() >= HEADER) {
            messages.add(message(next(received)));
        }
        return messages;
    }

    private ByteBuffer receiveBytes() throws PosixException {
        final byte[] bytes = new byte[RECEIVE_MAX];
        final int length = SocketCalls.receive(fd, bytes, 0, bytes.length);
        if (length == -Errno.EAGAIN) {
            throw new PosixException("receive", name, Errno.ETIMEDOUT);
        }
        PosixException.check("receive", name, length);
        return ByteBuffer.wrap(Arrays.copyOf(bytes, length)).order(ByteOrder.nativeOrder());
    }

    /// Cuts the next message off `received`.
    private static ByteBuffer next(final ByteBuffer received) {
        final int start = received.position();
        final int length = Math.clamp(received.getInt(start), HEADER, received.remaining());
        received.position(Math.min(received.limit(), start + ((length + 3) & ~3)));
        return received.slice(start, length).order(ByteOrder.nativeOrder());
    }

    private static NetlinkMessage message(final ByteBuffer one) {
        return new NetlinkMessage(
                Short.toUnsignedInt(one.getShort(4)),
                Short.toUnsignedInt(one.getShort(6)),
                one.slice(HEADER, one.limit() - HEADER).order(ByteOrder.nativeOrder()));
    }

    @Override
    public void close() {
        FileCalls.close(fd);
    }
}
