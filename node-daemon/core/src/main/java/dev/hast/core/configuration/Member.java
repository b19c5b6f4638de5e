package dev.hast.core.configuration;

/// A replica's place in a resource: its slot, which never moves while it is a member, and the node
/// that holds it.
public record Member(int slot, String node) {

    public Member {
        if (slot < 0 || slot >= ReplicaSet.SLOTS) {
            throw new IllegalArgumentException("slots are 0 to 7, not " + slot);
        }
        if (node.isBlank() || node.length() > 253) {
            throw new IllegalArgumentException(
                    "a node name has 1 to 253 characters, not '" + node + "'");
        }
    }
}
