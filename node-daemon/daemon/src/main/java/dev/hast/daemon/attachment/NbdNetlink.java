package dev.hast.daemon.attachment;

import dev.hast.daemon.netlink.NetlinkAttributes;
import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.PosixException;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/// The commands of the kernel's NBD client over generic netlink.
///
/// What it expects, as found on Linux 6.1 and not all written down elsewhere:
///
/// - CONNECT takes sockets whose handshake is done; the kernel keeps references of its own.
/// - RECONFIGURE must name the backend that CONNECT gave, puts new sockets only into the places of
///   dead ones, and says success when there was no dead one. Whether a socket was taken shows in
///   its send time-out, which the kernel then sets to the request time-out.
/// - DISCONNECT waits for a request that is being sent, up to three request time-outs when the
///   export does not read. Shutting the socket down first ends that wait.
final class NbdNetlink implements AutoCloseable {
    static final String FAMILY = "nbd";
    static final String GROUP = "nbd_mc_group";

    private static final int CMD_CONNECT = 1;
    private static final int CMD_DISCONNECT = 2;
    private static final int CMD_RECONFIGURE = 3;
    private static final int CMD_LINK_DEAD = 4;

    private static final int ATTR_INDEX = 1;
    private static final int ATTR_SIZE_BYTES = 2;
    private static final int ATTR_BLOCK_SIZE_BYTES = 3;
    private static final int ATTR_TIMEOUT = 4;
    private static final int ATTR_SERVER_FLAGS = 5;
    private static final int ATTR_SOCKETS = 7;
    private static final int ATTR_DEAD_CONN_TIMEOUT = 8;
    private static final int ATTR_BACKEND_IDENTIFIER = 10;
    private static final int SOCK_ITEM = 1;
    private static final int SOCK_FD = 1;

    private final GenericNetlink netlink;
    private final GenericNetlink.Family family;

    private NbdNetlink(final GenericNetlink netlink, final GenericNetlink.Family family) {
        this.netlink = netlink;
        this.family = family;
    }

    /// @throws PosixException `ENOENT` when the kernel has no NBD
    static NbdNetlink open() throws PosixException {
        final GenericNetlink netlink = GenericNetlink.open();
        try {
            return new NbdNetlink(netlink, netlink.family(FAMILY));
        } catch (final PosixException failure) {
            netlink.close();
            throw failure;
        }
    }

    /// What a device is, besides its sockets.
    record Parameters(
            long size,
            int blockSize,
            int serverFlags,
            Duration requestTimeout,
            Duration deadConnectionTimeout,
            String backend) {}

    /// Makes a device at the first free index.
    ///
    /// @return the index
    int connect(final Parameters parameters, final List<Integer> sockets) throws PosixException {
        final List<GenericNetlink.Message> answers =
                netlink.request(family.id(), CMD_CONNECT, connectAttributes(parameters, sockets));
        for (final GenericNetlink.Message answer : answers) {
            final OptionalInt index = index(answer);
            if (index.isPresent()) {
                return index.getAsInt();
            }
        }
        throw new PosixException("connect", "nbd: no index in the answer", Errno.EILSEQ);
    }

    static byte[] connectAttributes(final Parameters parameters, final List<Integer> sockets) {
        return new NetlinkAttributes()
                .u64(ATTR_SIZE_BYTES, parameters.size())
                .u64(ATTR_BLOCK_SIZE_BYTES, parameters.blockSize())
                .u64(ATTR_TIMEOUT, parameters.requestTimeout().toSeconds())
                .u64(ATTR_DEAD_CONN_TIMEOUT, parameters.deadConnectionTimeout().toSeconds())
                .u64(ATTR_SERVER_FLAGS, parameters.serverFlags())
                .string(ATTR_BACKEND_IDENTIFIER, parameters.backend())
                .nested(ATTR_SOCKETS, items -> putSockets(items, sockets))
                .toBytes();
    }

    /// Offers sockets for the dead links of a device.
    ///
    /// @throws PosixException `EINVAL` when the device is not connected or has another backend
    void reconfigure(final int index, final String backend, final List<Integer> sockets)
            throws PosixException {
        netlink.request(
                family.id(), CMD_RECONFIGURE, reconfigureAttributes(index, backend, sockets));
    }

    static byte[] reconfigureAttributes(
            final int index, final String backend, final List<Integer> sockets) {
        return new NetlinkAttributes()
                .u32(ATTR_INDEX, index)
                .string(ATTR_BACKEND_IDENTIFIER, backend)
                .nested(ATTR_SOCKETS, items -> putSockets(items, sockets))
                .toBytes();
    }

    void resize(final int index, final String backend, final long size) throws PosixException {
        netlink.request(family.id(), CMD_RECONFIGURE, resizeAttributes(index, backend, size));
    }

    static byte[] resizeAttributes(final int index, final String backend, final long size) {
        return new NetlinkAttributes()
                .u32(ATTR_INDEX, index)
                .u64(ATTR_SIZE_BYTES, size)
                .string(ATTR_BACKEND_IDENTIFIER, backend)
                .toBytes();
    }

    void disconnect(final int index) throws PosixException {
        netlink.request(family.id(), CMD_DISCONNECT, disconnectAttributes(index));
    }

    static byte[] disconnectAttributes(final int index) {
        return new NetlinkAttributes().u32(ATTR_INDEX, index).toBytes();
    }

    private static void putSockets(final NetlinkAttributes items, final List<Integer> sockets) {
        for (final int socket : sockets) {
            items.nested(SOCK_ITEM, item -> item.u32(SOCK_FD, socket));
        }
    }

    /// Asks for the kernel's word when a link dies; [#nextDeadLinks] then returns it.
    void listen(final Duration patience) throws PosixException {
        final Integer group = family.groups().get(GROUP);
        if (group == null) {
            throw new PosixException("join", "netlink group " + GROUP, Errno.ENOENT);
        }
        netlink.join(group);
        netlink.setReceiveTimeout(patience);
    }

    /// Indexes of devices that have lost a link, in the order of the news; none when the patience
    /// of [#listen] has passed.
    ///
    /// @throws PosixException `ENOBUFS` when some news was lost: take every device as concerned
    int[] nextDeadLinks() throws PosixException {
        return netlink.nextEvents().stream()
                .filter(event -> event.command() == CMD_LINK_DEAD)
                .map(NbdNetlink::index)
                .filter(OptionalInt::isPresent)
                .mapToInt(OptionalInt::getAsInt)
                .toArray();
    }

    static OptionalInt index(final GenericNetlink.Message message) {
        final int[] index = {-1};
        NetlinkAttributes.visit(
                message.attributes(),
                (type, value) -> {
                    if (type == ATTR_INDEX && value.remaining() >= 4) {
                        index[0] = value.getInt(0);
                    }
                });
        return index[0] < 0 ? OptionalInt.empty() : OptionalInt.of(index[0]);
    }

    @Override
    public void close() {
        netlink.close();
    }
}
