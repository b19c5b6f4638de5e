package dev.hast.core.address;

/// What a node does for its group; every legal change is in docs/reference/carp.md.
public enum ElectionState {
    /// Not started, or held by an administrator.
    INIT,
    /// Listens.
    BACKUP,
    /// Claims the address, and promotes what it follows.
    PROMOTING,
    /// Holds the address: its guard is open.
    MASTER,
    /// The guard is closed; what follows the address is being taken down.
    YIELDING,
    /// The link is down, or a step on the way down failed.
    FAULT
}
