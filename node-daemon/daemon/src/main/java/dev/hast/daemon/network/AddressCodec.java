package dev.hast.daemon.network;

import dev.hast.daemon.netlink.NetlinkAttributes;
import dev.hast.daemon.netlink.NetlinkMessage;
import dev.hast.daemon.posix.SocketCalls;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Links and addresses as rtnetlink writes them.
///
/// | structure | bytes |
/// |---|---|
/// | `ifinfomsg` | family (u8), padding, type (u16), index (s32), flags (u32), change (u32) |
/// | `ifaddrmsg` | family (u8), prefix (u8), flags (u8), scope (u8), index (u32) |
/// | `ifa_cacheinfo` | preferred, valid (u32 seconds), created, updated (u32) |
final class AddressCodec {
    static final int RTM_NEWLINK = 16;
    static final int RTM_DELLINK = 17;
    static final int RTM_GETLINK = 18;
    static final int RTM_NEWADDR = 20;
    static final int RTM_DELADDR = 21;
    static final int RTM_GETADDR = 22;

    static final int IFINFOMSG = 16;
    static final int IFADDRMSG = 8;

    private static final int IFLA_ADDRESS = 1;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_AF_SPEC = 26;
    private static final int IFLA_INET6_CONF = 2;
    private static final int DEVCONF_FORWARDING = 0;
    private static final int IFF_UP = 1;
    private static final int IFF_LOWER_UP = 1 << 16;

    private static final int IFA_ADDRESS = 1;
    private static final int IFA_LOCAL = 2;
    private static final int IFA_LABEL = 3;
    private static final int IFA_CACHEINFO = 6;
    private static final int IFA_FLAGS = 8;
    private static final int IFA_PROTO = 11;

    private static final int IFA_F_NODAD = 0x02;
    private static final int IFA_F_NOPREFIXROUTE = 0x200;

    private static final int SCOPE_GLOBAL = 0;
    private static final int SCOPE_HOST = 254;
    private static final int LABEL_MAX = 15;

    /// Who added an address, told to the kernel with it: finds left-overs again. Numbers above 3
    /// are free for programs; this one is not known to be anyone else's.
    static final int TAG = 72;

    private static final String LABEL_SUFFIX = ":hast";

    private AddressCodec() {}

    /// The tag where the kernel does not know `IFA_PROTO`; empty when it would not fit.
    static String label(final String interfaceName) {
        final String label = interfaceName + LABEL_SUFFIX;
        return label.length() > LABEL_MAX ? "" : label;
    }

    static boolean isOurs(final InterfaceAddress address) {
        return address.protocol() == TAG
                || (address.protocol() == 0 && address.label().endsWith(LABEL_SUFFIX));
    }

    /// The body of `RTM_NEWADDR` for a service address.
    static byte[] add(final ServiceAddress service, final Duration lifetime) {
        final byte[] address = service.address().getAddress();
        final NetlinkAttributes attributes =
                new NetlinkAttributes()
                        .bytes(IFA_LOCAL, address)
                        .bytes(IFA_ADDRESS, address)
                        .bytes(IFA_CACHEINFO, cacheInfo(lifetime))
                        .u32(IFA_FLAGS, IFA_F_NODAD | IFA_F_NOPREFIXROUTE)
                        .u8(IFA_PROTO, TAG);
        final String label = label(service.interfaceName());
        if (service.isIpv4() && !label.isEmpty()) {
            attributes.string(IFA_LABEL, label);
        }
        return body(
                service.interfaceIndex(),
                service.address(),
                service.isIpv4() ? SCOPE_HOST : SCOPE_GLOBAL,
                attributes);
    }

    private static byte[] cacheInfo(final Duration lifetime) {
        return ByteBuffer.allocate(16)
                .order(ByteOrder.nativeOrder())
                .putInt(0)
                .putInt((int) lifetime.toSeconds())
                .array();
    }

    /// The body of `RTM_DELADDR`.
    static byte[] remove(final int interfaceIndex, final InetAddress address) {
        return body(
                interfaceIndex,
                address,
                SCOPE_GLOBAL,
                new NetlinkAttributes().bytes(IFA_LOCAL, address.getAddress()));
    }

    private static byte[] body(
            final int interfaceIndex,
            final InetAddress address,
            final int scope,
            final NetlinkAttributes attributes) {
        final byte[] bytes = attributes.toBytes();
        final int family =
                address.getAddress().length == 4 ? SocketCalls.AF_INET : SocketCalls.AF_INET6;
        return ByteBuffer.allocate(IFADDRMSG + bytes.length)
                .order(ByteOrder.nativeOrder())
                .put((byte) family)
                .put((byte) (address.getAddress().length * 8))
                .put((byte) (IFA_F_NODAD))
                .put((byte) scope)
                .putInt(interfaceIndex)
                .put(bytes)
                .array();
    }

    /// The interface of `RTM_NEWLINK` or `RTM_DELLINK`; none of a message that is not whole.
    static Optional<InterfaceState> link(final NetlinkMessage message) {
        final ByteBuffer body = message.body();
        if (body.limit() < IFINFOMSG || body.get(0) != 0) {
            return Optional.empty();
        }
        final String[] name = {""};
        final long[] mac = {0};
        final boolean[] forwards = {false};
        NetlinkAttributes.visit(
                message.attributes(IFINFOMSG),
                (type, value) -> {
                    if (type == IFLA_IFNAME) {
                        name[0] = NetlinkAttributes.text(value);
                    } else if (type == IFLA_ADDRESS && value.remaining() == MacAddress.BYTES) {
                        mac[0] = MacAddress.of(bytes(value), 0).bits();
                    } else if (type == IFLA_AF_SPEC) {
                        forwards[0] = forwardsIpv6(value);
                    }
                });
        final int flags = body.getInt(8);
        return Optional.of(
                new InterfaceState(
                        body.getInt(4),
                        name[0],
                        new MacAddress(mac[0]),
                        (flags & IFF_UP) != 0,
                        (flags & IFF_LOWER_UP) != 0,
                        forwards[0]));
    }

    private static boolean forwardsIpv6(final ByteBuffer families) {
        final boolean[] forwards = {false};
        NetlinkAttributes.visit(
                families,
                (family, settings) -> {
                    if (family == SocketCalls.AF_INET6) {
                        NetlinkAttributes.visit(
                                settings,
                                (type, value) -> {
                                    if (type == IFLA_INET6_CONF && value.remaining() >= 4) {
                                        forwards[0] = value.getInt(4 * DEVCONF_FORWARDING) != 0;
                                    }
                                });
                    }
                });
        return forwards[0];
    }

    /// The address of `RTM_NEWADDR` or `RTM_DELADDR`; none of a message that is not whole or of
    /// another family.
    static Optional<InterfaceAddress> address(final NetlinkMessage message) {
        final ByteBuffer body = message.body();
        if (body.limit() < IFADDRMSG) {
            return Optional.empty();
        }
        final Parsed parsed = new Parsed();
        parsed.flags = Byte.toUnsignedInt(body.get(2));
        NetlinkAttributes.visit(message.attributes(IFADDRMSG), parsed::take);
        final byte[] bytes = parsed.local != null ? parsed.local : parsed.address;
        if (bytes == null || (bytes.length != 4 && bytes.length != 16)) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    new InterfaceAddress(
                            body.getInt(4),
                            InetAddress.getByAddress(bytes),
                            Byte.toUnsignedInt(body.get(1)),
                            parsed.flags,
                            Byte.toUnsignedInt(body.get(3)),
                            parsed.protocol,
                            parsed.label,
                            parsed.validSeconds));
        } catch (final UnknownHostException unlikely) {
            throw new IllegalStateException("an address of 4 or 16 bytes", unlikely);
        }
    }

    /// The attributes of an address as they come.
    private static final class Parsed {
        private byte @Nullable [] local;
        private byte @Nullable [] address;
        private String label = "";
        private int flags;
        private int protocol;
        private long validSeconds = InterfaceAddress.FOR_EVER;

        private void take(final int type, final ByteBuffer value) {
            switch (type) {
                case IFA_LOCAL -> local = bytes(value);
                case IFA_ADDRESS -> address = bytes(value);
                case IFA_LABEL -> label = NetlinkAttributes.text(value);
                case IFA_FLAGS -> flags = value.remaining() >= 4 ? value.getInt(0) : flags;
                case IFA_PROTO -> protocol = value.hasRemaining() ? value.get(0) & 0xff : 0;
                case IFA_CACHEINFO ->
                        validSeconds =
                                value.remaining() >= 8
                                        ? Integer.toUnsignedLong(value.getInt(4))
                                        : validSeconds;
                default -> {}
            }
        }
    }

    private static byte[] bytes(final ByteBuffer value) {
        final byte[] bytes = new byte[value.remaining()];
        value.slice().get(bytes);
        return bytes;
    }
}
