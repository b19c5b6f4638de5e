package dev.hast.core.configuration;

import java.nio.charset.StandardCharsets;

/// A replica's place in a resource: its slot, which never moves while it is a member, and the node
/// that holds it.
public record Member(int slot, String node) {

    /// The longest node name in UTF-8: a host name's limit, and one byte says its length on disk.
    public static final int NODE_BYTES_MAX = 253;

    public Member {
        if (slot < 0 || slot >= ReplicaSet.SLOTS) {
            throw new IllegalArgumentException("slots are 0 to 7, not " + slot);
        }
        if (node.isBlank() || node.getBytes(StandardCharsets.UTF_8).length > NODE_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "a node name has 1 to 253 bytes, not '" + node + "'");
        }
    }
}
