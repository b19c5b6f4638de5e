package dev.hast.core.configuration;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The record that decides who serves: held by the arbiter, changed only by compare-and-set, kept
/// on the disk of every replica.
///
/// Every change adds one to the epoch. `PacificA` calls it the configuration, Vertical Paxos the
/// ballot's configuration.
///
/// @param primary the slot of the primary, or [#NOBODY]
/// @param inSync the replicas that hold every acknowledged write
/// @param size the volume's size in bytes
/// @param reigns oldest first, at most [#REIGNS_MAX]; the last is the current one
public record Configuration(
        ResourceId resource,
        long epoch,
        int primary,
        ReplicaSet inSync,
        List<Member> members,
        long size,
        List<Reign> reigns) {

    public static final int NOBODY = -1;

    /// How many reigns are remembered. A replica that was away for longer is refused, and a person
    /// decides.
    public static final int REIGNS_MAX = 32;

    public Configuration {
        members = List.copyOf(members);
        reigns = List.copyOf(reigns);
        if (epoch < 1
                || reigns.isEmpty()
                || reigns.size() > REIGNS_MAX
                || members.isEmpty()
                || size <= 0) {
            throw new IllegalArgumentException(
                    "not a configuration: epoch %d, %d reigns, %d members, size %d"
                            .formatted(epoch, reigns.size(), members.size(), size));
        }
        int slots = 0;
        for (Member member : members) {
            if ((slots & ReplicaSet.bit(member.slot())) != 0) {
                throw new IllegalArgumentException("two members in slot " + member.slot());
            }
            slots |= ReplicaSet.bit(member.slot());
        }
        if ((inSync.mask() & ~slots) != 0 || inSync.isEmpty()) {
            throw new IllegalArgumentException(
                    "in-sync set " + inSync + " is empty or names slots without a member");
        }
        if (primary != NOBODY && !inSync.contains(primary)) {
            throw new IllegalArgumentException(
                    "primary " + primary + " is not in the in-sync set " + inSync);
        }
    }

    public Reign reign() {
        return reigns.getLast();
    }

    public ReplicaSet memberSlots() {
        int mask = 0;
        for (Member member : members) {
            mask |= ReplicaSet.bit(member.slot());
        }
        return new ReplicaSet(mask);
    }

    /// The members that lack acknowledged writes.
    public ReplicaSet absent() {
        return memberSlots().minus(inSync);
    }

    public Optional<Member> member(String node) {
        return members.stream().filter(m -> m.node().equals(node)).findFirst();
    }

    /// The slot of a node, or -1 when it is no member.
    public int slotOf(String node) {
        return member(node).map(Member::slot).orElse(-1);
    }

    public Optional<Member> member(int slot) {
        return members.stream().filter(m -> m.slot() == slot).findFirst();
    }

    /// The same reign goes on with another in-sync set.
    public Configuration withInSync(ReplicaSet next) {
        return new Configuration(resource, epoch + 1, primary, next, members, size, reigns);
    }

    public Configuration withSize(long next) {
        return new Configuration(resource, epoch + 1, primary, inSync, members, next, reigns);
    }

    public Configuration withMembers(List<Member> next) {
        int mask = 0;
        for (Member member : next) {
            mask |= ReplicaSet.bit(member.slot());
        }
        return new Configuration(
                resource,
                epoch + 1,
                primary,
                new ReplicaSet(inSync.mask() & mask),
                next,
                size,
                reigns);
    }

    /// A reign begins: `slot` becomes primary of `set`.
    public Configuration promote(int slot, ReplicaSet set, Reign next) {
        final List<Reign> all = new ArrayList<>(reigns);
        all.add(next);
        while (all.size() > REIGNS_MAX) {
            all.removeFirst();
        }
        return new Configuration(resource, next.firstEpoch(), slot, set, members, size, all);
    }

    /// Nobody is primary until a person or the operator says who.
    public Configuration withoutPrimary() {
        return new Configuration(resource, epoch + 1, NOBODY, inSync, members, size, reigns);
    }

    /// How data that was last in sync in `dataEpoch` of the reign tagged `dataReign` stands to this
    /// configuration.
    ///
    /// It is [Lineage#DIVERGED] when some later reign was begun without epochs that the data has
    /// seen acknowledged, or when the reign is not among those remembered. Nothing is ever inferred
    /// beyond that: a person decides.
    public Lineage lineageOf(long dataReign, long dataEpoch) {
        int at = -1;
        for (int i = 0; i < reigns.size(); i++) {
            if (reigns.get(i).tag() == dataReign) {
                at = i;
            }
        }
        if (at < 0) {
            return Lineage.DIVERGED;
        }
        for (int i = at + 1; i < reigns.size(); i++) {
            if (reigns.get(i).basis() < dataEpoch) {
                return Lineage.DIVERGED;
            }
        }
        return dataEpoch > epoch ? Lineage.AHEAD : Lineage.BEHIND;
    }

    /// The newest epoch whose acknowledged writes are part of this history and of `other`; 0 when
    /// they share no reign that both remember.
    public long commonEpoch(Configuration other) {
        for (int at = reigns.size() - 1; at >= 0; at--) {
            final int there = other.indexOf(reigns.get(at).tag());
            if (there >= 0) {
                return Math.min(endOf(at), other.endOf(there));
            }
        }
        return 0;
    }

    private int indexOf(long tag) {
        for (int at = 0; at < reigns.size(); at++) {
            if (reigns.get(at).tag() == tag) {
                return at;
            }
        }
        return -1;
    }

    /// The last epoch of a reign of which the next one knows.
    private long endOf(int at) {
        return at + 1 < reigns.size() ? reigns.get(at + 1).basis() : epoch;
    }
}
