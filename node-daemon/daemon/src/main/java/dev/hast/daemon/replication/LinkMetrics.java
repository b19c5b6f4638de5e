package dev.hast.daemon.replication;

/// What people count about links. Called on event loops.
public interface LinkMetrics {

    /// A connection was closed before it became a link.
    void refused(String cause);

    LinkMetrics NONE = cause -> {};
}
