package dev.hast.core.configuration;

import java.util.StringJoiner;

/// A set of replica slots (0 to 7), as a bit mask.
public record ReplicaSet(int mask) {

    /// The most replicas a resource can have.
    public static final int SLOTS = 8;

    public static final ReplicaSet EMPTY = new ReplicaSet(0);

    public ReplicaSet {
        if ((mask & ~0xff) != 0) {
            throw new IllegalArgumentException(
                    "slots are 0 to 7, mask is " + Integer.toBinaryString(mask));
        }
    }

    public static ReplicaSet of(int... slots) {
        int mask = 0;
        for (int slot : slots) {
            mask |= bit(slot);
        }
        return new ReplicaSet(mask);
    }

    public static int bit(int slot) {
        return 1 << slot;
    }

    public boolean contains(int slot) {
        return slot >= 0 && (mask & bit(slot)) != 0;
    }

    public ReplicaSet with(int slot) {
        return new ReplicaSet(mask | bit(slot));
    }

    public ReplicaSet without(int slot) {
        return slot < 0 ? this : new ReplicaSet(mask & ~bit(slot));
    }

    public ReplicaSet union(ReplicaSet other) {
        return new ReplicaSet(mask | other.mask);
    }

    public ReplicaSet minus(ReplicaSet other) {
        return new ReplicaSet(mask & ~other.mask);
    }

    public boolean containsAll(ReplicaSet other) {
        return (other.mask & ~mask) == 0;
    }

    public boolean isEmpty() {
        return mask == 0;
    }

    public int size() {
        return Integer.bitCount(mask);
    }

    @Override
    public String toString() {
        final StringJoiner text = new StringJoiner(",", "{", "}");
        for (int slot = 0; slot < SLOTS; slot++) {
            if (contains(slot)) {
                text.add(Integer.toString(slot));
            }
        }
        return text.toString();
    }
}
