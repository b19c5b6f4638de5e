package dev.hast.daemon.guard;

import dev.hast.daemon.netlink.NetlinkAttributes;
import dev.hast.daemon.netlink.NetlinkSocket;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The messages of one transaction of nftables: all in force at once, or none.
///
/// The last message asks for an acknowledgement; the kernel answers after the commit. One sequence
/// number does for all, since a socket has one transaction at a time.
final class NftBatch {
    static final int INET = 1;
    static final int ARP = 3;

    static final int SEQUENCE = 1;

    private static final int SUBSYSTEM = 10;
    private static final int BATCH_BEGIN = 16;
    private static final int BATCH_END = 17;
    private static final int FLAGS_OFFSET = 6;

    private static final int NEWTABLE = 0;
    private static final int DELTABLE = 2;
    private static final int NEWCHAIN = 3;
    private static final int NEWRULE = 6;
    private static final int NEWSET = 9;
    private static final int NEWSETELEM = 12;
    private static final int DELSETELEM = 14;

    private static final int NLM_F_APPEND = 0x800;
    private static final int LIST_ELEMENT = 1;
    private static final int DATA_VALUE = 1;
    private static final int ELEMENT_KEY = 1;
    private static final int ELEMENT_TIMEOUT = 4;
    private static final int NF_ACCEPT = 1;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private int last;

    NftBatch() {
        message(BATCH_BEGIN, 0, 0, SUBSYSTEM, new byte[0]);
    }

    private void message(
            final int type,
            final int flags,
            final int family,
            final int resource,
            final byte[] attributes) {
        // nfgenmsg: family (u8), version (u8), resource (u16 in network order)
        final byte[] body =
                ByteBuffer.allocate(4 + attributes.length)
                        .put((byte) family)
                        .put((byte) 0)
                        .putShort((short) resource)
                        .put(attributes)
                        .array();
        last = bytes.size();
        bytes.writeBytes(
                NetlinkSocket.encode(type, NetlinkSocket.NLM_F_REQUEST | flags, SEQUENCE, body));
    }

    private NftBatch add(
            final int command,
            final int flags,
            final int family,
            final NetlinkAttributes attributes) {
        message(SUBSYSTEM << 8 | command, flags, family, 0, attributes.toBytes());
        return this;
    }

    /// Makes the table, or takes part in it if it is there.
    NftBatch table(final int family, final String table, final int flags) {
        return add(
                NEWTABLE,
                NetlinkSocket.NLM_F_CREATE,
                family,
                new NetlinkAttributes().string(1, table).u32BigEndian(2, flags));
    }

    NftBatch removeTable(final int family, final String table) {
        return add(DELTABLE, 0, family, new NetlinkAttributes().string(1, table));
    }

    /// A set of keys.
    ///
    /// @param type how `nft list` shows the key
    /// @param flags 0x10 for elements that expire
    record SetType(String name, int type, int keyBytes, int flags) {}

    NftBatch set(final int family, final String table, final SetType set, final int id) {
        return add(
                NEWSET,
                NetlinkSocket.NLM_F_CREATE,
                family,
                new NetlinkAttributes()
                        .string(1, table)
                        .string(2, set.name())
                        .u32BigEndian(3, set.flags())
                        .u32BigEndian(4, set.type())
                        .u32BigEndian(5, set.keyBytes())
                        .u32BigEndian(10, id));
    }

    /// A chain of filter rules at a hook, accepting by default.
    record Chain(String name, int hook, int priority) {}

    NftBatch chain(final int family, final String table, final Chain chain) {
        return add(
                NEWCHAIN,
                NetlinkSocket.NLM_F_CREATE,
                family,
                new NetlinkAttributes()
                        .string(1, table)
                        .string(3, chain.name())
                        .nested(
                                4,
                                hook ->
                                        hook.u32BigEndian(1, chain.hook())
                                                .u32BigEndian(2, chain.priority()))
                        .u32BigEndian(5, NF_ACCEPT)
                        .string(7, "filter"));
    }

    NftBatch rule(
            final int family,
            final String table,
            final String chain,
            final NftExpressions expressions) {
        return add(
                NEWRULE,
                NetlinkSocket.NLM_F_CREATE | NLM_F_APPEND,
                family,
                new NetlinkAttributes()
                        .string(1, table)
                        .string(2, chain)
                        .nested(4, expressions::addTo));
    }

    /// Where elements are.
    record SetName(int family, String table, String set) {}

    /// Adds `key`; no error if it is there. With a time-out above 0 it goes by itself.
    NftBatch element(final SetName set, final byte[] key, final long timeoutMillis) {
        return add(
                NEWSETELEM,
                NetlinkSocket.NLM_F_CREATE,
                set.family(),
                elements(set, key, timeoutMillis));
    }

    /// Removes `key`, which must be there.
    NftBatch removeElement(final SetName set, final byte[] key) {
        return add(DELSETELEM, 0, set.family(), elements(set, key, 0));
    }

    /// Removes every element.
    NftBatch clear(final SetName set) {
        return add(
                DELSETELEM,
                0,
                set.family(),
                new NetlinkAttributes().string(1, set.table()).string(2, set.set()));
    }

    private static NetlinkAttributes elements(
            final SetName set, final byte[] key, final long timeoutMillis) {
        return new NetlinkAttributes()
                .string(1, set.table())
                .string(2, set.set())
                .nested(
                        3,
                        list ->
                                list.nested(
                                        LIST_ELEMENT,
                                        element -> {
                                            element.nested(
                                                    ELEMENT_KEY,
                                                    value -> value.bytes(DATA_VALUE, key));
                                            if (timeoutMillis > 0) {
                                                element.u64BigEndian(
                                                        ELEMENT_TIMEOUT, timeoutMillis);
                                            }
                                        }));
    }

    /// The whole transaction, ready to be sent.
    byte[] toBytes() {
        final int asking = last;
        message(BATCH_END, 0, 0, SUBSYSTEM, new byte[0]);
        final ByteBuffer whole =
                ByteBuffer.wrap(bytes.toByteArray()).order(ByteOrder.nativeOrder());
        whole.putShort(
                asking + FLAGS_OFFSET,
                (short) (whole.getShort(asking + FLAGS_OFFSET) | NetlinkSocket.NLM_F_ACK));
        return whole.array();
    }
}
