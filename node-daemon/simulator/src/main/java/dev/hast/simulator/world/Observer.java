package dev.hast.simulator.world;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.metadata.StoredReplica;
import dev.hast.core.replication.Report;
import org.jspecify.annotations.Nullable;

/// Hears of everything that checkers need to know, at the moment it happens. Throws a
/// [dev.hast.simulator.kernel.Violation] when a rule is broken.
public interface Observer {

    /// A node's replica has handled an event.
    void handled(Node node);

    /// A process has read what is on its medium, and starts with it.
    void opened(Node node, StoredReplica stored);

    /// A metadata page is on a node's medium.
    void persisted(Node node, int page, byte[] content);

    void reported(Node node, Report report);

    /// A client's request was answered.
    void completed(Node node, long request, int result);

    /// A node's process is gone, and the answers to what it was asked with it.
    void died(Node node);

    void registerChanged(@Nullable Configuration before, Configuration after);
}
