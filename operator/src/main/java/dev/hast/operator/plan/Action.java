package dev.hast.operator.plan;

import java.util.Map;
import java.util.TreeMap;

/// One thing that is to be done with the daemon of a node. Doing it twice does no harm.
public sealed interface Action {

    /// Replaces the documents that the daemon has from us.
    ///
    /// @param documents texts by name
    record SetDocuments(Map<String, String> documents) implements Action {
        public SetDocuments {
            documents = new TreeMap<>(documents);
        }
    }

    /// Writes metadata on the node's provider of a resource, never over anything.
    record Create(String resource) implements Action {}

    /// Makes a volume larger, on the node that is its primary.
    record Grow(String resource, long bytes) implements Action {}
}
