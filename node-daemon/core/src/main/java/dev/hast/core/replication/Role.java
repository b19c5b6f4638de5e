package dev.hast.core.replication;

/// What this replica does at the moment.
public enum Role {
    /// Not started, or it belongs to no resource yet.
    INIT,
    SECONDARY,
    /// Primary in the configuration on its disk; whether it serves is another question
    /// ([ReplicaStatus#serving]).
    PRIMARY
}
