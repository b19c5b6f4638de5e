package dev.hast.daemon.attachment;

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
import java.util.Map;
import java.util.TreeMap;

/// One generic netlink socket.
///
/// Thread: one at a time; the methods are synchronized. A request waits for the kernel to have done
/// it, which for NBD's DISCONNECT can be long: use a socket of its own for that.
final class GenericNetlink implements AutoCloseable {
    private static final int NETLINK_GENERIC = 16;
    private static final int CONTROL_FAMILY = 16;
    private static final int CTRL_CMD_GETFAMILY = 3;
    private static final int CTRL_ATTR_FAMILY_ID = 1;
    private static final int CTRL_ATTR_FAMILY_NAME = 2;
    private static final int CTRL_ATTR_MCAST_GROUPS = 7;
    private static final int CTRL_ATTR_MCAST_GRP_NAME = 1;
    private static final int CTRL_ATTR_MCAST_GRP_ID = 2;

    private static final int NLMSG_ERROR = 2;
    private static final int F_REQUEST_ACK = 5;
    private static final int MESSAGE_HEADER = 16;
    private static final int GENERIC_HEADER = 4;
    private static final int RECEIVE_MAX = 64 * 1024;

    /// A family as the kernel knows it.
    ///
    /// @param groups multicast groups by name
    record Family(int id, Map<String, Integer> groups) {}

    /// One message of a family.
    ///
    /// @param attributes from the first attribute to the end
    record Message(int command, ByteBuffer attributes) {}

    private final int fd;
    private int sequence;

    private GenericNetlink(final int fd) {
        this.fd = fd;
    }

    static GenericNetlink open() throws PosixException {
        final int fd =
                PosixException.check(
                        "socket",
                        "generic netlink",
                        SocketCalls.socket(
                                SocketCalls.AF_NETLINK, SocketCalls.SOCK_RAW, NETLINK_GENERIC));
        final int bound = SocketCalls.bindNetlink(fd);
        if (bound < 0) {
            FileCalls.close(fd);
            throw new PosixException("bind", "generic netlink", bound);
        }
        return new GenericNetlink(fd);
    }

    /// @throws PosixException `ENOENT` when the kernel has no such family
    synchronized Family family(final String name) throws PosixException {
        final byte[] attributes =
                new NetlinkAttributes().string(CTRL_ATTR_FAMILY_NAME, name).toBytes();
        final List<Message> answer = request(CONTROL_FAMILY, CTRL_CMD_GETFAMILY, attributes);
        final int[] id = {-1};
        final Map<String, Integer> groups = new TreeMap<>();
        for (final Message message : answer) {
            NetlinkAttributes.visit(
                    message.attributes(),
                    (type, value) -> {
                        if (type == CTRL_ATTR_FAMILY_ID) {
                            id[0] = Short.toUnsignedInt(value.getShort(0));
                        } else if (type == CTRL_ATTR_MCAST_GROUPS) {
                            NetlinkAttributes.visit(value, (index, group) -> add(groups, group));
                        }
                    });
        }
        if (id[0] < 0) {
            throw new PosixException("find", "netlink family " + name, Errno.ENOENT);
        }
        return new Family(id[0], groups);
    }

    private static void add(final Map<String, Integer> groups, final ByteBuffer group) {
        final String[] name = {""};
        final int[] id = {0};
        NetlinkAttributes.visit(
                group,
                (type, value) -> {
                    if (type == CTRL_ATTR_MCAST_GRP_NAME) {
                        name[0] = NetlinkAttributes.text(value);
                    } else if (type == CTRL_ATTR_MCAST_GRP_ID) {
                        id[0] = value.getInt(0);
                    }
                });
        groups.put(name[0], id[0]);
    }

    /// Sends one request and returns what the kernel answers before its acknowledgement.
    ///
    /// @throws PosixException with the kernel's error number
    synchronized List<Message> request(final int family, final int command, final byte[] attributes)
            throws PosixException {
        sequence++;
        final byte[] message = encode(family, command, sequence, attributes);
        PosixException.check(
                "send", "generic netlink", SocketCalls.send(fd, message, 0, message.length));
        final List<Message> answers = new ArrayList<>();
        while (true) {
            final ByteBuffer received = receive();
            while (received.remaining() >= MESSAGE_HEADER) {
                final ByteBuffer one = next(received);
                final int type = Short.toUnsignedInt(one.getShort(4));
                if (one.getInt(8) != sequence) {
                    continue;
                }
                if (type == NLMSG_ERROR) {
                    final int error = one.getInt(MESSAGE_HEADER);
                    PosixException.check("netlink command " + command, "family " + family, error);
                    return answers;
                }
                answers.add(message(one));
            }
        }
    }

    static byte[] encode(
            final int family, final int command, final int sequence, final byte[] attributes) {
        // nlmsghdr: length, type, flags, sequence, port id; genlmsghdr: command, version, reserved
        return ByteBuffer.allocate(MESSAGE_HEADER + GENERIC_HEADER + attributes.length)
                .order(ByteOrder.nativeOrder())
                .putInt(MESSAGE_HEADER + GENERIC_HEADER + attributes.length)
                .putShort((short) family)
                .putShort((short) F_REQUEST_ACK)
                .putInt(sequence)
                .putInt(0)
                .put((byte) command)
                .put((byte) 1)
                .putShort((short) 0)
                .put(attributes)
                .array();
    }

    /// Joins a multicast group; [#nextEvents] then returns its messages.
    synchronized void join(final int group) throws PosixException {
        PosixException.check(
                "join",
                "netlink group " + group,
                SocketCalls.setOption(
                        fd, SocketCalls.SOL_NETLINK, SocketCalls.NETLINK_ADD_MEMBERSHIP, group));
    }

    /// How long [#nextEvents] waits at most.
    synchronized void setReceiveTimeout(final Duration timeout) {
        SocketCalls.setTimeout(fd, SocketCalls.SO_RCVTIMEO, timeout);
    }

    /// The messages that come next.
    ///
    /// @return none when the time-out has passed
    /// @throws PosixException `ENOBUFS` when some were lost
    synchronized List<Message> nextEvents() throws PosixException {
        final List<Message> events = new ArrayList<>();
        final ByteBuffer received;
        try {
            received = receive();
        } catch (final PosixException failure) {
            if (failure.errno() == Errno.EAGAIN || failure.errno() == Errno.EINTR) {
                return events;
            }
            throw failure;
        }
        while (received.remaining() >= MESSAGE_HEADER) {
            events.add(message(next(received)));
        }
        return events;
    }

    private ByteBuffer receive() throws PosixException {
        final byte[] bytes = new byte[RECEIVE_MAX];
        final int length =
                PosixException.check(
                        "receive",
                        "generic netlink",
                        SocketCalls.receive(fd, bytes, 0, bytes.length));
        return ByteBuffer.wrap(Arrays.copyOf(bytes, length)).order(ByteOrder.nativeOrder());
    }

    /// Cuts the next message off `received`.
    private static ByteBuffer next(final ByteBuffer received) {
        final int start = received.position();
        final int length = Math.clamp(received.getInt(start), MESSAGE_HEADER, received.remaining());
        received.position(Math.min(received.limit(), start + ((length + 3) & ~3)));
        return received.slice(start, length).order(ByteOrder.nativeOrder());
    }

    private static Message message(final ByteBuffer one) {
        if (one.limit() < MESSAGE_HEADER + GENERIC_HEADER) {
            return new Message(0, ByteBuffer.allocate(0));
        }
        final int command = Byte.toUnsignedInt(one.get(MESSAGE_HEADER));
        one.position(MESSAGE_HEADER + GENERIC_HEADER);
        return new Message(command, one.slice().order(ByteOrder.nativeOrder()));
    }

    @Override
    public void close() {
        FileCalls.close(fd);
    }
}
