package dev.hast.daemon.guard;

import dev.hast.daemon.netlink.NetlinkAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// What one rule does: loads into registers, compares, looks up, drops. A comparison or look-up
/// that does not hold ends the rule.
///
/// Registers 1 and 2 take 16 bytes each and lie one after the other, so that a key of two parts can
/// be loaded.
final class NftExpressions {
    static final int NFPROTO_IPV4 = 2;
    static final int NFPROTO_IPV6 = 10;

    static final int META_IIFNAME = 6;
    static final int META_OIFNAME = 7;
    private static final int META_NFPROTO = 15;
    private static final int META_L4PROTO = 16;

    static final int NETWORK_HEADER = 1;
    static final int TRANSPORT_HEADER = 2;

    private static final int LIST_ELEMENT = 1;
    private static final int LOOKUP_INVERTED = 1;
    private static final int NF_DROP = 0;

    private final List<Consumer<NetlinkAttributes>> expressions = new ArrayList<>();

    void addTo(final NetlinkAttributes rule) {
        expressions.forEach(expression -> expression.accept(rule));
    }

    private NftExpressions add(final String name, final Consumer<NetlinkAttributes> data) {
        expressions.add(rule ->
                rule.nested(
                        LIST_ELEMENT, expression -> expression.string(1, name).nested(2, data)));
        return this;
    }

    NftExpressions meta(final int key, final int register) {
        return add("meta", data -> data.u32BigEndian(1, register).u32BigEndian(2, key));
    }

    private NftExpressions isByte(final int value) {
        return add(
                "cmp",
                data ->
                        data.u32BigEndian(1, 1)
                                .u32BigEndian(2, 0)
                                .nested(3, with -> with.bytes(1, new byte[] {(byte) value})));
    }

    /// Only packets of that family, one of `NFPROTO_*`.
    NftExpressions family(final int protocol) {
        return meta(META_NFPROTO, 1).isByte(protocol);
    }

    /// Only ICMPv6 messages of that type.
    NftExpressions icmpv6(final int type) {
        final int icmpv6 = 58;
        return family(NFPROTO_IPV6)
                .meta(META_L4PROTO, 1)
                .isByte(icmpv6)
                .payload(1, TRANSPORT_HEADER, 0, 1)
                .isByte(type);
    }

    NftExpressions payload(final int register, final int base, final int offset, final int length) {
        return add(
                "payload",
                data ->
                        data.u32BigEndian(1, register)
                                .u32BigEndian(2, base)
                                .u32BigEndian(3, offset)
                                .u32BigEndian(4, length));
    }

    /// Only if what begins in register 1 is in the set.
    NftExpressions in(final String set) {
        return add("lookup", data -> data.string(1, set).u32BigEndian(2, 1));
    }

    /// Only if what begins in register 1 is not in the set.
    NftExpressions notIn(final String set) {
        return add(
                "lookup",
                data -> data.string(1, set).u32BigEndian(2, 1).u32BigEndian(5, LOOKUP_INVERTED));
    }

    NftExpressions drop() {
        return add(
                "immediate",
                data ->
                        data.u32BigEndian(1, 0)
                                .nested(
                                        2,
                                        value ->
                                                value.nested(
                                                        2,
                                                        verdict ->
                                                                verdict.u32BigEndian(1, NF_DROP))));
    }
}
