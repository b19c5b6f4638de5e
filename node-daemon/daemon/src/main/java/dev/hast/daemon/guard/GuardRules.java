package dev.hast.daemon.guard;

import dev.hast.daemon.network.ServiceAddress;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.List;

/// The guard's tables, sets and rules; `docs/explanation/service-address.md` says what each is for.
final class GuardRules {
    static final String TABLE = "hast";

    /// A table that others cannot touch while its owner lives, and that outlives it.
    static final int OWNED = 0x2 | 0x4;

    static final int SHARED = 0;

    private static final int TIMEOUT = 0x10;
    private static final int IFNAME_BYTES = 16;
    private static final int TYPE_IPV4 = 7;
    private static final int TYPE_IPV6 = 8;
    private static final int TYPE_IFNAME = 41;
    private static final int TYPE_BITS = 6;
    private static final int NEIGHBOUR_ADVERTISEMENT = 136;

    /// Before connection tracking and address translation (-300 and later), and after both.
    private static final int FIRST = -310;

    private static final int LAST = 310;

    private static final List<NftBatch.SetType> INET_SETS =
            List.of(
                    new NftBatch.SetType("guarded4", TYPE_IFNAME << TYPE_BITS | TYPE_IPV4, 20, 0),
                    new NftBatch.SetType("guarded6", TYPE_IFNAME << TYPE_BITS | TYPE_IPV6, 32, 0),
                    new NftBatch.SetType("own4", TYPE_IPV4, 4, 0),
                    new NftBatch.SetType("own6", TYPE_IPV6, 16, 0),
                    new NftBatch.SetType("alive4", TYPE_IPV4, 4, TIMEOUT),
                    new NftBatch.SetType("alive6", TYPE_IPV6, 16, TIMEOUT));
    private static final List<NftBatch.SetType> ARP_SETS =
            List.of(
                    new NftBatch.SetType("own4", TYPE_IPV4, 4, 0),
                    new NftBatch.SetType("alive4", TYPE_IPV4, 4, TIMEOUT));

    private GuardRules() {}

    /// Replaces whatever tables are there by new ones that guard `addresses`, with none alive.
    ///
    /// @param present flags that tables which are there may have
    /// @param wanted flags of the new ones
    static NftBatch install(
            final Collection<ServiceAddress> addresses, final int present, final int wanted) {
        final NftBatch batch = new NftBatch();
        for (final int family : new int[] {NftBatch.INET, NftBatch.ARP}) {
            // The first lets the second find something to remove.
            batch.table(family, TABLE, present)
                    .removeTable(family, TABLE)
                    .table(family, TABLE, wanted);
        }
        int id = 1;
        for (final NftBatch.SetType set : INET_SETS) {
            batch.set(NftBatch.INET, TABLE, set, id++);
        }
        for (final NftBatch.SetType set : ARP_SETS) {
            batch.set(NftBatch.ARP, TABLE, set, id++);
        }
        inetChains(batch);
        batch.chain(NftBatch.ARP, TABLE, new NftBatch.Chain("output", 1, FIRST));
        batch.rule(NftBatch.ARP, TABLE, "output", unlessAlive(4, 14));
        addresses.forEach(address -> guard(batch, address));
        return batch;
    }

    private static void inetChains(final NftBatch batch) {
        batch.chain(NftBatch.INET, TABLE, new NftBatch.Chain("prerouting", 0, FIRST));
        batch.chain(NftBatch.INET, TABLE, new NftBatch.Chain("input", 1, FIRST));
        batch.chain(NftBatch.INET, TABLE, new NftBatch.Chain("output", 3, FIRST));
        batch.chain(NftBatch.INET, TABLE, new NftBatch.Chain("postrouting", 4, LAST));
        for (final int family : new int[] {4, 6}) {
            final int source = family == 4 ? 12 : 8;
            final int target = family == 4 ? 16 : 24;
            inet(batch, "prerouting", onInterface(NftExpressions.META_IIFNAME, family, target));
            inet(batch, "input", unlessAlive(family, target));
            inet(batch, "output", unlessAlive(family, source));
            inet(batch, "postrouting", onInterface(NftExpressions.META_OIFNAME, family, source));
        }
        inet(
                batch,
                "output",
                new NftExpressions()
                        .icmpv6(NEIGHBOUR_ADVERTISEMENT)
                        .payload(1, NftExpressions.TRANSPORT_HEADER, 8, 16)
                        .in("own6")
                        .notIn("alive6")
                        .drop());
    }

    private static void inet(
            final NftBatch batch, final String chain, final NftExpressions expressions) {
        batch.rule(NftBatch.INET, TABLE, chain, expressions);
    }

    /// Drops what has an address of ours at `offset` of the network header, unless it is alive.
    private static NftExpressions unlessAlive(final int family, final int offset) {
        final NftExpressions expressions = new NftExpressions();
        // In the family arp every packet is one; 14 is where ARP has its sender.
        if (offset != 14) {
            expressions.family(
                    family == 4 ? NftExpressions.NFPROTO_IPV4 : NftExpressions.NFPROTO_IPV6);
        }
        return expressions
                .payload(1, NftExpressions.NETWORK_HEADER, offset, family == 4 ? 4 : 16)
                .in("own" + family)
                .notIn("alive" + family)
                .drop();
    }

    /// The same for addresses of the interface that `meta` names.
    private static NftExpressions onInterface(final int meta, final int family, final int offset) {
        final int length = family == 4 ? 4 : 16;
        return new NftExpressions()
                .family(family == 4 ? NftExpressions.NFPROTO_IPV4 : NftExpressions.NFPROTO_IPV6)
                .meta(meta, 1)
                .payload(2, NftExpressions.NETWORK_HEADER, offset, length)
                .in("guarded" + family)
                .payload(1, NftExpressions.NETWORK_HEADER, offset, length)
                .notIn("alive" + family)
                .drop();
    }

    /// Guards `addresses` and no others; what is alive stays so.
    static NftBatch guardOnly(final Collection<ServiceAddress> addresses) {
        final NftBatch batch = new NftBatch();
        for (final String set : List.of("guarded4", "guarded6", "own4", "own6")) {
            batch.clear(new NftBatch.SetName(NftBatch.INET, TABLE, set));
        }
        batch.clear(new NftBatch.SetName(NftBatch.ARP, TABLE, "own4"));
        addresses.forEach(address -> guard(batch, address));
        return batch;
    }

    private static void guard(final NftBatch batch, final ServiceAddress address) {
        final String family = address.isIpv4() ? "4" : "6";
        final byte[] key = address.address().getAddress();
        final byte[] guarded = new byte[IFNAME_BYTES + key.length];
        final byte[] name = address.interfaceName().getBytes(StandardCharsets.UTF_8);
        System.arraycopy(name, 0, guarded, 0, Math.min(name.length, IFNAME_BYTES - 1));
        System.arraycopy(key, 0, guarded, IFNAME_BYTES, key.length);
        batch.element(inetSet("guarded" + family), guarded);
        batch.element(inetSet("own" + family), key);
        if (address.isIpv4()) {
            batch.element(new NftBatch.SetName(NftBatch.ARP, TABLE, "own4"), key);
        }
    }

    private static NftBatch.SetName inetSet(final String name) {
        return new NftBatch.SetName(NftBatch.INET, TABLE, name);
    }

    private static List<NftBatch.SetName> aliveSets(final InetAddress address) {
        return address.getAddress().length == 4
                ? List.of(inetSet("alive4"), new NftBatch.SetName(NftBatch.ARP, TABLE, "alive4"))
                : List.of(inetSet("alive6"));
    }

    /// Lets `addresses` answer for a time, whether they do already or not.
    static NftBatch open(final Collection<InetAddress> addresses) {
        final NftBatch batch = new NftBatch();
        for (final InetAddress address : addresses) {
            for (final NftBatch.SetName set : aliveSets(address)) {
                // An element that is there keeps its time-out: take it out and put it in anew.
                batch.expiringElement(set, address.getAddress())
                        .removeElement(set, address.getAddress())
                        .expiringElement(set, address.getAddress());
            }
        }
        return batch;
    }

    /// Lets `addresses` answer for another time; fails as a whole if one of them does not answer
    /// any more.
    static NftBatch renew(final Collection<InetAddress> addresses) {
        final NftBatch batch = new NftBatch();
        for (final InetAddress address : addresses) {
            for (final NftBatch.SetName set : aliveSets(address)) {
                batch.removeElement(set, address.getAddress())
                        .expiringElement(set, address.getAddress());
            }
        }
        return batch;
    }

    /// Silences `addresses` now.
    static NftBatch silence(final Collection<InetAddress> addresses) {
        final NftBatch batch = new NftBatch();
        for (final InetAddress address : addresses) {
            for (final NftBatch.SetName set : aliveSets(address)) {
                // The first lets the second find something to remove.
                batch.expiringElement(set, address.getAddress())
                        .removeElement(set, address.getAddress());
            }
        }
        return batch;
    }

    /// Takes the tables away.
    static NftBatch remove() {
        return new NftBatch().removeTable(NftBatch.INET, TABLE).removeTable(NftBatch.ARP, TABLE);
    }
}
