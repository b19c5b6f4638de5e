package dev.hast.daemon.document;

import dev.hast.daemon.document.FieldChange.Effect;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// What differs between two loads, from the point of view of one node: what a reload (SIGHUP) has
/// to carry out.
///
/// @param resources that this node holds a replica of, in the order of the old load, then the new
///   ones
/// @param virtualIps that this node may hold, in the same order
/// @param node fields of this node's own document
public record DocumentChanges(
        List<ResourceChange> resources, List<VirtualIpChange> virtualIps, List<FieldChange> node) {

    public DocumentChanges {
        resources = List.copyOf(resources);
        virtualIps = List.copyOf(virtualIps);
        node = List.copyOf(node);
    }

    /// What happens to one address group. All of it is live: what can't change while it is held is
    /// given up in order first.
    ///
    /// @param before as it runs; absent: it is new on this node
    /// @param after as it is written now; absent: it is gone from this node
    /// @param fields that differ, when both are there
    public record VirtualIpChange(
            Optional<VirtualIpDocument> before,
            Optional<VirtualIpDocument> after,
            List<FieldChange> fields) {
        public VirtualIpChange {
            fields = List.copyOf(fields);
        }

        /// The group's name.
        public String name() {
            return before.or(() -> after).map(VirtualIpDocument::name).orElseThrow();
        }
    }

    /// What happens to one resource.
    public sealed interface ResourceChange {
        /// The resource's name.
        String name();
    }

    /// It is new on this node.
    public record Added(ResourceDocument document) implements ResourceChange {
        @Override
        public String name() {
            return document.name();
        }
    }

    /// It is gone from the documents, or no replica of it is on this node any more. Its provider
    /// keeps its contents.
    public record Removed(ResourceDocument document) implements ResourceChange {
        @Override
        public String name() {
            return document.name();
        }
    }

    /// Some of its fields differ.
    ///
    /// @param before as it runs
    /// @param after as it is written now
    /// @param fields at least one
    public record Changed(ResourceDocument before, ResourceDocument after, List<FieldChange> fields)
            implements ResourceChange {
        public Changed {
            fields = List.copyOf(fields);
        }

        @Override
        public String name() {
            return before.name();
        }

        /// What the whole change takes: the most that any of its fields takes.
        public Effect effect() {
            return fields.stream()
                    .map(FieldChange::effect)
                    .max(Comparator.naturalOrder())
                    .orElse(Effect.LIVE);
        }
    }

    public boolean isEmpty() {
        return resources.isEmpty() && virtualIps.isEmpty() && node.isEmpty();
    }

    /// Whether any field may not change. Such a load is refused as a whole, so that the files and
    /// the daemon agree.
    public boolean isForbidden() {
        return !forbidden().isEmpty();
    }

    /// One line for each field that may not change.
    public List<String> forbidden() {
        var lines = new ArrayList<String>();
        for (var change : resources) {
            if (change instanceof Changed(_, var after, var fields)) {
                fields.stream()
                        .filter(f -> f.effect() == Effect.FORBIDDEN)
                        .forEach(f -> lines.add("HastResource " + after.name() + ": " + f.text()));
            }
        }
        node.stream()
                .filter(f -> f.effect() == Effect.FORBIDDEN)
                .forEach(f -> lines.add("HastNode: " + f.text()));
        return lines;
    }

    /// Compares two loads for the node of a name.
    public static DocumentChanges between(DocumentSet before, DocumentSet after, String node) {
        var changes = new ArrayList<ResourceChange>();
        for (var old : before.resourcesOn(node)) {
            var now = after.resource(old.name()).filter(r -> r.replicaOn(node).isPresent());
            if (now.isEmpty()) {
                changes.add(new Removed(old));
            } else {
                var fields = ResourceComparison.fields(old, now.get(), node);
                if (!fields.isEmpty()) {
                    changes.add(new Changed(old, now.get(), fields));
                }
            }
        }
        for (var now : after.resourcesOn(node)) {
            if (before.resource(now.name()).flatMap(r -> r.replicaOn(node)).isEmpty()) {
                changes.add(new Added(now));
            }
        }
        return new DocumentChanges(
                changes,
                virtualIps(before, after, node),
                nodeFields(before.node(node), after.node(node)));
    }

    private static List<VirtualIpChange> virtualIps(
            DocumentSet before, DocumentSet after, String node) {
        var changes = new ArrayList<VirtualIpChange>();
        for (var old : before.virtualIpsOn(node)) {
            var now = after.virtualIp(old.name()).filter(v -> v.holder(node).isPresent());
            var fields = now.map(v -> VirtualIpComparison.fields(old, v)).orElse(List.of());
            if (now.isEmpty() || !fields.isEmpty()) {
                changes.add(new VirtualIpChange(Optional.of(old), now, fields));
            }
        }
        for (var now : after.virtualIpsOn(node)) {
            if (before.virtualIp(now.name()).flatMap(v -> v.holder(node)).isEmpty()) {
                changes.add(new VirtualIpChange(Optional.empty(), Optional.of(now), List.of()));
            }
        }
        return changes;
    }

    private static List<FieldChange> nodeFields(
            Optional<NodeDocument> before, Optional<NodeDocument> after) {
        if (before.isPresent() && after.isPresent()) {
            return NodeComparison.fields(before.get(), after.get());
        }
        if (before.isPresent()) {
            return List.of(
                    new FieldChange(
                            "HastNode",
                            before.get().name(),
                            "-",
                            Effect.FORBIDDEN,
                            "keep this node's own document"));
        }
        return List.of();
    }
}
