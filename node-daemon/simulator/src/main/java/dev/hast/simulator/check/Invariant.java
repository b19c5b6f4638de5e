package dev.hast.simulator.check;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.metadata.StoredReplica;
import dev.hast.core.replication.Report;
import dev.hast.simulator.world.Node;
import org.jspecify.annotations.Nullable;

/// One rule, checked whenever something happens that could break it. Throws a
/// [dev.hast.simulator.kernel.Violation].
public interface Invariant {

    /// A node's replica has handled an event.
    default void handled(Node node) {}

    default void opened(Node node, StoredReplica stored) {}

    default void persisted(Node node, int page, byte[] content) {}

    default void registerChanged(@Nullable Configuration before, Configuration after) {}

    default void reported(Node node, Report report) {}

    /// A client's request has been acknowledged.
    default void acknowledged(Op op) {}
}
