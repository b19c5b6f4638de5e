package dev.hast.daemon.network;

import dev.hast.daemon.netlink.NetlinkAttributes;
import dev.hast.daemon.netlink.NetlinkSocket;
import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.PosixException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/// Interfaces with the virtual hardware address of a vhid (macvlan), for networks where an address
/// must keep its hardware address when it moves. Off unless asked for: switches with port security,
/// virtual machines and clouds drop what comes from an address that they did not give.
///
/// The interface exists on the holder alone, so that nobody else sends from its hardware address.
/// It belongs to the parent in private mode, makes no IPv6 address of its own, and answers ARP for
/// what is on it alone. The parent has to leave such answers to it: [#makeParentSilent].
///
/// It sees the network namespace of the thread that opened it. Thread: any.
public final class VirtualInterfaces implements AutoCloseable {
    private static final String PREFIX = "hastv";
    private static final Duration ANSWER_LIMIT = Duration.ofSeconds(2);

    private static final int RTM_SETLINK = 19;
    private static final int IFF_UP = 1;

    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_LINK = 5;
    private static final int IFLA_LINKINFO = 18;
    private static final int IFLA_INFO_KIND = 1;
    private static final int IFLA_INFO_DATA = 2;
    private static final int IFLA_MACVLAN_MODE = 1;
    private static final int MACVLAN_MODE_PRIVATE = 1;

    private static final int IFLA_AF_SPEC = 26;
    private static final int AF_INET = 2;
    private static final int AF_INET6 = 10;
    private static final int IFLA_INET_CONF = 1;
    private static final int IFLA_INET6_ADDR_GEN_MODE = 8;
    private static final int ADDR_GEN_MODE_NONE = 1;
    private static final int CONF_RP_FILTER = 8;
    private static final int CONF_ARP_ANNOUNCE = 18;
    private static final int CONF_ARP_IGNORE = 19;
    private static final int CONF_ACCEPT_LOCAL = 23;

    private final NetlinkSocket socket;

    private VirtualInterfaces(final NetlinkSocket socket) {
        this.socket = socket;
    }

    public static VirtualInterfaces open() throws PosixException {
        final NetlinkSocket socket = NetlinkSocket.open(NetlinkSocket.NETLINK_ROUTE, "rtnetlink");
        socket.setReceiveTimeout(ANSWER_LIMIT);
        return new VirtualInterfaces(socket);
    }

    /// The name of the interface of `vhid` on that parent: at most 15 characters.
    public static String name(final InterfaceState parent, final int vhid) {
        return PREFIX + vhid + "-" + Integer.toString(parent.index(), Character.MAX_RADIX);
    }

    /// Makes the interface of `vhid` and brings it up; replaces one that is left over.
    ///
    /// @throws PosixException `EOPNOTSUPP` when the kernel has no macvlan
    public InterfaceState create(final InterfaceState parent, final int vhid)
            throws PosixException {
        final String name = name(parent, vhid);
        for (final InterfaceState leftOver : leftOvers()) {
            if (leftOver.name().equals(name)) {
                remove(leftOver);
            }
        }
        explained(
                "make macvlan " + name + " on " + parent.name(),
                NetlinkSocket.NLM_F_CREATE | NetlinkSocket.NLM_F_EXCL,
                AddressCodec.RTM_NEWLINK,
                body(0, 0, making(parent, vhid)));
        final InterfaceState made =
                all().stream()
                        .filter(state -> state.name().equals(name))
                        .findFirst()
                        .orElseThrow(
                                () -> new PosixException("make", "macvlan " + name, Errno.ENODEV));
        try {
            explained("configure " + name, 0, RTM_SETLINK, body(made.index(), 0, settings()));
            explained("bring up " + name, 0, RTM_SETLINK, body(made.index(), IFF_UP, new byte[0]));
        } catch (final PosixException failure) {
            remove(made);
            throw failure;
        }
        return made;
    }

    private static byte[] making(final InterfaceState parent, final int vhid) {
        return new NetlinkAttributes()
                .string(IFLA_IFNAME, name(parent, vhid))
                .u32(IFLA_LINK, parent.index())
                .bytes(IFLA_ADDRESS, MacAddress.ofVhid(vhid).toBytes())
                .nested(
                        IFLA_LINKINFO,
                        info ->
                                info.string(IFLA_INFO_KIND, "macvlan")
                                        .nested(
                                                IFLA_INFO_DATA,
                                                data ->
                                                        data.u32(
                                                                IFLA_MACVLAN_MODE,
                                                                MACVLAN_MODE_PRIVATE)))
                .toBytes();
    }

    private static byte[] settings() {
        return new NetlinkAttributes()
                .nested(
                        IFLA_AF_SPEC,
                        families ->
                                ipv4(
                                                families,
                                                conf ->
                                                        conf.u32(CONF_RP_FILTER, 0)
                                                                .u32(CONF_ACCEPT_LOCAL, 1)
                                                                .u32(CONF_ARP_IGNORE, 1))
                                        .nested(
                                                AF_INET6,
                                                inet6 ->
                                                        inet6.u8(
                                                                IFLA_INET6_ADDR_GEN_MODE,
                                                                ADDR_GEN_MODE_NONE)))
                .toBytes();
    }

    private static NetlinkAttributes ipv4(
            final NetlinkAttributes families, final Consumer<NetlinkAttributes> conf) {
        return families.nested(AF_INET, inet -> inet.nested(IFLA_INET_CONF, conf));
    }

    /// Has the parent speak ARP only of addresses that are on the parent itself: in answers, and as
    /// the sender of questions, by which neighbours learn too. Stays when the daemon ends: whoever
    /// asked for virtual hardware addresses wants it so.
    public void makeParentSilent(final InterfaceState parent) throws PosixException {
        final byte[] settings =
                new NetlinkAttributes()
                        .nested(
                                IFLA_AF_SPEC,
                                families ->
                                        ipv4(
                                                families,
                                                conf ->
                                                        conf.u32(CONF_ARP_IGNORE, 1)
                                                                .u32(CONF_ARP_ANNOUNCE, 2)))
                        .toBytes();
        explained("configure " + parent.name(), 0, RTM_SETLINK, body(parent.index(), 0, settings));
    }

    /// Removes the interface with its addresses; that it is gone already is no error.
    public void remove(final InterfaceState virtual) throws PosixException {
        try {
            explained(
                    "remove " + virtual.name(),
                    0,
                    AddressCodec.RTM_DELLINK,
                    body(virtual.index(), 0, new byte[0]));
        } catch (final PosixException failure) {
            if (failure.errno() != Errno.ENODEV) {
                throw failure;
            }
        }
    }

    /// Interfaces that an earlier daemon has left: by their names and hardware addresses.
    public List<InterfaceState> leftOvers() throws PosixException {
        return all().stream()
                .filter(state -> state.name().startsWith(PREFIX))
                .filter(state -> (state.mac().bits() & ~0xffL) == MacAddress.ofVhid(0).bits())
                .toList();
    }

    private List<InterfaceState> all() throws PosixException {
        return socket.dump(AddressCodec.RTM_GETLINK, new byte[AddressCodec.IFINFOMSG]).stream()
                .flatMap(message -> AddressCodec.link(message).stream())
                .toList();
    }

    /// struct ifinfomsg, with `flags` as the only flags to change, and attributes.
    private static byte[] body(final int index, final int flags, final byte[] attributes) {
        return ByteBuffer.allocate(AddressCodec.IFINFOMSG + attributes.length)
                .order(ByteOrder.nativeOrder())
                .putInt(0)
                .putInt(index)
                .putInt(flags)
                .putInt(flags)
                .put(attributes)
                .array();
    }

    private void explained(final String what, final int flags, final int type, final byte[] body)
            throws PosixException {
        try {
            socket.request(type, flags, body);
        } catch (final PosixException failure) {
            throw new PosixException("rtnetlink", what, failure.errno());
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
