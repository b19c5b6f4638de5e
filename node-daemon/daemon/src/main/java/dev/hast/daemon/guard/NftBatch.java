package dev.hast.daemon.guard;

import dev.hast.daemon.netlink.NetlinkAttributes;
import dev.hast.daemon.netlink.NetlinkSocket;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/// The messages of one transaction of nftables: all in force at once, or none.
///
/// The last message asks for an acknowledgement; the kernel answers after the commit. One sequence
/// number does for all, since a socket has one transaction at a time.
final class NftBatch {
    static final int INET = 1;
    static final int ARP = 3;

    static final int SEQUENCE = 1;

    private static final int SUBSYSTEM = 10;

    /// The type of a request of its own, outside a transaction.
    static final int GET_TABLE = SUBSYSTEM << 8 | 1;

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
    private final List<Integer> timeouts = new ArrayList<>();
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
        final byte[] body = body(family, resource, attributes);
        last = bytes.size();
        bytes.writeBytes(
                NetlinkSocket.encode(type, NetlinkSocket.NLM_F_REQUEST | flags, SEQUENCE, body));
    }

    private static byte[] body(final int family, final int resource, final byte[] attributes) {
        // nfgenmsg: family (u8), version (u8), resource (u16 in network order)
        return ByteBuffer.allocate(4 + attributes.length)
                .put((byte) family)
                .put((byte) 0)
                .putShort((short) resource)
                .put(attributes)
                .array();
    }

    /// The body of [#GET_TABLE].
    static byte[] tableName(final int family, final String table) {
        return body(family, 0, new NetlinkAttributes().string(1, table).toBytes());
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

    /// Adds `key` for good; no error if it is there.
    NftBatch element(final SetName set, final byte[] key) {
        return add(NEWSETELEM, NetlinkSocket.NLM_F_CREATE, set.family(), elements(set, key, false));
    }

    /// Adds `key` for a time that is put in later, at the next of [#timeouts]; no error if it is
    /// there, and then it keeps its time.
    NftBatch expiringElement(final SetName set, final byte[] key) {
        add(NEWSETELEM, NetlinkSocket.NLM_F_CREATE, set.family(), elements(set, key, true));
        timeouts.add(bytes.size() - Long.BYTES);
        return this;
    }

    /// Where the time-outs are in [#toBytes]: milliseconds, `u64` in network order.
    int[] timeouts() {
        return timeouts.stream().mapToInt(Integer::intValue).toArray();
    }

    /// Removes `key`, which must be there.
    NftBatch removeElement(final SetName set, final byte[] key) {
        return add(DELSETELEM, 0, set.family(), elements(set, key, false));
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
            final SetName set, final byte[] key, final boolean expires) {
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
                                            if (expires) {
                                                element.u64BigEndian(ELEMENT_TIMEOUT, 1);
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
