package dev.hast.daemon.replication;

/// What people count about links. Called on event loops.
public interface LinkMetrics {

    /// A connection was closed before it became a link, or a link was ended because of what its
    /// peer did.
    void refused(Refusal refusal);
}
