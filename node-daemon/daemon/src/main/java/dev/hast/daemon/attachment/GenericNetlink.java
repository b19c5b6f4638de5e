package dev.hast.daemon.attachment;

import dev.hast.daemon.netlink.NetlinkAttributes;
import dev.hast.daemon.netlink.NetlinkMessage;
import dev.hast.daemon.netlink.NetlinkSocket;
import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.PosixException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// One generic netlink socket.
///
/// Thread: one at a time. A request waits for the kernel to have done it, which for NBD's
/// DISCONNECT can be long: use a socket of its own for that.
final class GenericNetlink implements AutoCloseable {
    private static final int CONTROL_FAMILY = 16;
    private static final int CTRL_CMD_GETFAMILY = 3;
    private static final int CTRL_ATTR_FAMILY_ID = 1;
    private static final int CTRL_ATTR_FAMILY_NAME = 2;
    private static final int CTRL_ATTR_MCAST_GROUPS = 7;
    private static final int CTRL_ATTR_MCAST_GRP_NAME = 1;
    private static final int CTRL_ATTR_MCAST_GRP_ID = 2;

    private static final int GENERIC_HEADER = 4;

    /// A family as the kernel knows it.
    ///
    /// @param groups multicast groups by name
    record Family(int id, Map<String, Integer> groups) {}

    /// One message of a family.
    ///
    /// @param attributes from the first attribute to the end
    record Message(int command, ByteBuffer attributes) {}

    private final NetlinkSocket socket;

    private GenericNetlink(final NetlinkSocket socket) {
        this.socket = socket;
    }

    static GenericNetlink open() throws PosixException {
        return new GenericNetlink(
                NetlinkSocket.open(NetlinkSocket.NETLINK_GENERIC, "generic netlink"));
    }

    /// @throws PosixException `ENOENT` when the kernel has no such family
    Family family(final String name) throws PosixException {
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
    List<Message> request(final int family, final int command, final byte[] attributes)
            throws PosixException {
        return socket.request(family, 0, body(command, attributes)).stream()
                .map(GenericNetlink::message)
                .toList();
    }

    static byte[] encode(
            final int family, final int command, final int sequence, final byte[] attributes) {
        return NetlinkSocket.encode(
                family,
                NetlinkSocket.NLM_F_REQUEST | NetlinkSocket.NLM_F_ACK,
                sequence,
                body(command, attributes));
    }

    private static byte[] body(final int command, final byte[] attributes) {
        // genlmsghdr: command, version, reserved (u16)
        return ByteBuffer.allocate(GENERIC_HEADER + attributes.length)
                .order(ByteOrder.nativeOrder())
                .put((byte) command)
                .put((byte) 1)
                .putShort((short) 0)
                .put(attributes)
                .array();
    }

    /// Joins a multicast group; [#nextEvents] then returns its messages.
    void join(final int group) throws PosixException {
        socket.join(group);
    }

    /// How long [#nextEvents] waits at most.
    void setReceiveTimeout(final Duration timeout) {
        socket.setReceiveTimeout(timeout);
    }

    /// The messages that come next.
    ///
    /// @return none when the time-out has passed
    /// @throws PosixException `ENOBUFS` when some were lost
    List<Message> nextEvents() throws PosixException {
        return socket.receive().stream().map(GenericNetlink::message).toList();
    }

    private static Message message(final NetlinkMessage message) {
        final ByteBuffer body = message.body();
        return new Message(
                body.limit() < GENERIC_HEADER ? 0 : Byte.toUnsignedInt(body.get(0)),
                message.attributes(GENERIC_HEADER));
    }

    @Override
    public void close() {
        socket.close();
    }
}
