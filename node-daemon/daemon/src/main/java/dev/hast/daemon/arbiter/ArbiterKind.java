package dev.hast.daemon.arbiter;

/// What stands behind an [Arbiter].
public enum ArbiterKind {
    /// One etcd or a cluster of them.
    ETCD,
    /// Leases of a Kubernetes API server.
    LEASE,
    /// A directory that all daemons of one machine share: for tests.
    FILE,
    /// No register: roles are set by hand, and split-brain is possible.
    NONE
}
