package dev.hast.daemon.document;

import dev.hast.daemon.document.FieldChange.Effect;
import dev.hast.daemon.document.ResourceDocument.Replica;
import java.util.List;
import java.util.Optional;

/// Which fields of a resource differ, and what each takes.
///
/// What lies on the providers is fixed when they are created: extent size and activity log. The
/// grant's duration is one that both ends of a grant count with, so it changes only while nothing
/// is granted.
final class ResourceComparison {

    private static final String RECREATE =
            "it is fixed when the provider is created; remove the replica and add it again with the new value";

    private ResourceComparison() {}

    static List<FieldChange> fields(ResourceDocument before, ResourceDocument after, String node) {
        var comparison = new Comparison<>(before, after);
        size(comparison, before.size(), after.size());
        replicas(comparison, before, after, node);
        return comparison
                .field("primary", Effect.LIVE, d -> d.primary().text())
                .field("replication.mode", Effect.LIVE, d -> d.replication().mode().text())
                .field(
                        "replication.timeout",
                        Effect.LIVE,
                        d -> DurationText.text(d.replication().timeout()))
                .field(
                        "replication.grantDuration",
                        Effect.RESTART,
                        d -> DurationText.text(d.replication().grantDuration()))
                .field("replication.checksum", Effect.LIVE, d -> d.replication().checksum().text())
                .field(
                        "replication.compression",
                        Effect.LIVE,
                        d -> d.replication().compression().text())
                .forbidden("extentSize", RECREATE, d -> d.extentSize().text())
                .forbidden(
                        "activityLogExtents",
                        RECREATE,
                        d -> Integer.toString(d.activityLogExtents()))
                .field("onArbiterLost", Effect.LIVE, d -> d.onArbiterLost().text())
                .optional("resync.maxRate", Effect.LIVE, d -> d.resync().maxRate())
                .field("resync.minRate", Effect.LIVE, d -> d.resync().minRate().text())
                .changes();
    }

    private static void size(
            Comparison<ResourceDocument> comparison,
            Optional<ByteCount> before,
            Optional<ByteCount> after) {
        // A size that is written down later, or no longer, changes nothing by itself: the volume
        // has its size.
        if (before.isEmpty() || after.isEmpty()) {
            return;
        }
        boolean shrinks = after.get().compareTo(before.get()) < 0;
        comparison.change(
                new FieldChange(
                        "size",
                        before.get().text(),
                        after.get().text(),
                        shrinks ? Effect.FORBIDDEN : Effect.LIVE,
                        shrinks
                                ? "a volume can't shrink: its end may hold data; make a smaller one and copy"
                                : ""));
    }

    private static void replicas(
            Comparison<ResourceDocument> comparison,
            ResourceDocument before,
            ResourceDocument after,
            String node) {
        for (var old : before.replicas()) {
            var path = "replicas[" + old.node() + "]";
            var now = after.replicaOn(old.node());
            if (now.isEmpty()) {
                comparison.change(
                        new FieldChange(path, place(old), Comparison.ABSENT, Effect.LIVE, ""));
                continue;
            }
            var effect = old.node().equals(node) ? Effect.RESTART : Effect.LIVE;
            comparison.change(
                    new FieldChange(path + ".provider", place(old), place(now.get()), effect, ""));
            comparison.change(
                    new FieldChange(
                            path + ".address",
                            old.address().text(),
                            now.get().address().text(),
                            Effect.LIVE,
                            ""));
            comparison.change(
                    new FieldChange(
                            path + ".source",
                            old.source().orElse(Comparison.ABSENT),
                            now.get().source().orElse(Comparison.ABSENT),
                            Effect.LIVE,
                            ""));
        }
        for (var now : after.replicas()) {
            if (before.replicaOn(now.node()).isEmpty()) {
                comparison.change(
                        new FieldChange(
                                "replicas[" + now.node() + "]",
                                Comparison.ABSENT,
                                place(now),
                                Effect.LIVE,
                                ""));
            }
        }
    }

    private static String place(Replica replica) {
        return replica.place().text();
    }
}
