package dev.hast.daemon.document;

import dev.hast.daemon.document.ResourceDocument.AnyNode;
import dev.hast.daemon.document.ResourceDocument.OnNode;
import dev.hast.daemon.document.ResourceDocument.Place;
import dev.hast.daemon.document.ResourceDocument.PoolName;
import dev.hast.daemon.document.ResourceDocument.PreferredPrimary;
import dev.hast.daemon.document.ResourceDocument.ProviderPath;
import dev.hast.daemon.document.ResourceDocument.Replica;
import dev.hast.daemon.document.ResourceDocument.Replication;
import dev.hast.daemon.document.ResourceDocument.Resync;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;

/// Reads the `spec` of a `HastResource`.
final class ResourceReader {

    private static final ByteCount NO_LIMIT = ByteCount.of(Long.MAX_VALUE);

    private ResourceReader() {}

    static Optional<ResourceDocument> read(String name, Fields spec, Problems problems) {
        int before = problems.count();
        var size = spec.value("size", Values.bytes(ResourceDocument.SIZE_MIN, NO_LIMIT));
        size.filter(s -> s.bytes() % ResourceDocument.SECTOR_SIZE != 0)
                .ifPresent(s ->
                        spec.problem(
                                "size",
                                s + " is not a multiple of 4Ki",
                                "round it up to " + rounded(s)));
        var replicas = replicas(spec);
        var primary = spec.value("primary", ResourceReader::primary).orElse(new AnyNode());
        checkPrimary(spec, primary, replicas);
        var replication =
                spec.mapping("replication")
                        .map(ResourceReader::replication)
                        .orElse(Replication.DEFAULT);
        var extentSize =
                spec.value(
                                "extentSize",
                                Values.bytes(
                                        ResourceDocument.EXTENT_SIZE_MIN,
                                        ResourceDocument.EXTENT_SIZE_MAX))
                        .orElse(ResourceDocument.EXTENT_SIZE_DEFAULT);
        if (!extentSize.isPowerOfTwo()) {
            spec.problem(
                    "extentSize",
                    extentSize + " is not a power of two",
                    "use 2Mi, or another power of two");
        }
        int activityLog =
                spec.value(
                                "activityLogExtents",
                                Values.integer(
                                        ResourceDocument.ACTIVITY_LOG_EXTENTS_MIN,
                                        ResourceDocument.ACTIVITY_LOG_EXTENTS_MAX))
                        .orElse(ResourceDocument.ACTIVITY_LOG_EXTENTS_DEFAULT);
        var onArbiterLost =
                spec.value("onArbiterLost", Values.choice(ArbiterLoss.class))
                        .orElse(ArbiterLoss.SUSPEND);
        var resync = spec.mapping("resync").map(ResourceReader::resync).orElse(Resync.DEFAULT);
        refuseOperatorsFields(spec);
        spec.refuseUnknown();
        if (problems.count() > before) {
            return Optional.empty();
        }
        return Optional.of(
                new ResourceDocument(
                        name,
                        size,
                        replicas,
                        primary,
                        replication,
                        extentSize,
                        activityLog,
                        onArbiterLost,
                        resync));
    }

    private static ByteCount rounded(ByteCount size) {
        return ByteCount.of(
                (size.bytes() / ResourceDocument.SECTOR_SIZE + 1) * ResourceDocument.SECTOR_SIZE);
    }

    /// Fields of the custom resource that only the operator can carry out.
    private static void refuseOperatorsFields(Fields spec) {
        for (var field : List.of("replicaCount", "pool")) {
            if (spec.passOver(field)) {
                spec.problem(
                        field, "only the operator can place replicas", "list them under replicas");
            }
        }
    }

    private static PreferredPrimary primary(String text) throws BadValue {
        return text.equals("auto") ? new AnyNode() : new OnNode(Values.name(text));
    }

    private static void checkPrimary(
            Fields spec, PreferredPrimary primary, List<Replica> replicas) {
        if (!(primary instanceof OnNode(var node)) || replicas.isEmpty()) {
            return;
        }
        var nodes = replicas.stream().map(Replica::node).toList();
        if (!nodes.contains(node)) {
            spec.problem(
                    "primary",
                    "no replica is on node " + node,
                    "write auto, " + Sentence.either(nodes));
        }
    }

    private static List<Replica> replicas(Fields spec) {
        var entries =
                spec.mappings(
                        "replicas",
                        "list each replica: - {node: NAME, provider: /dev/DISK, address: HOST}");
        if (entries.size() > ResourceDocument.REPLICAS_MAX) {
            spec.problem("replicas", entries.size() + " replicas are too many", "give 8 at most");
        }
        var replicas = new ArrayList<Replica>();
        var nodes = new LinkedHashSet<String>();
        var addresses = new LinkedHashSet<Endpoint>();
        for (var entry : entries) {
            var node =
                    entry.required("node", "name the node that holds this replica", Values::name);
            if (node.isPresent() && !nodes.add(node.get())) {
                entry.problem(
                        "node",
                        "node " + node.get() + " has a replica already",
                        "a node holds one at most");
            }
            var place = place(entry);
            var address =
                    entry.required(
                            "address",
                            "give host:port where that node's daemon listens",
                            Values.endpoint(Endpoint.REPLICATION_PORT));
            if (address.isPresent() && !addresses.add(address.get())) {
                entry.problem(
                        "address",
                        address.get() + " is another replica's too",
                        "give each node its own");
            }
            var source = entry.value("source", Values::text);
            entry.refuseUnknown();
            if (node.isPresent() && place.isPresent() && address.isPresent()) {
                replicas.add(new Replica(node.get(), place.get(), address.get(), source));
            }
        }
        return replicas;
    }

    private static Optional<Place> place(Fields entry) {
        if (!entry.has("pool")) {
            return entry.required(
                            "provider",
                            "give the path of a disk, volume or file",
                            Values::absolutePath)
                    .map(p -> new ProviderPath(p.toString()));
        }
        if (entry.has("provider")) {
            entry.problem("pool", "given beside provider", "keep one of the two");
        }
        return entry.value("pool", Values::name).map(PoolName::new);
    }

    private static Replication replication(Fields fields) {
        var defaults = Replication.DEFAULT;
        var grant =
                fields.value(
                                "grantDuration",
                                Values.duration(Replication.GRANT_MIN, Replication.GRANT_MAX))
                        .orElse(defaults.grantDuration());
        var timeout =
                fields.value(
                        "timeout", Values.duration(Replication.TIMEOUT_MIN, Replication.GRANT_MAX));
        if (timeout.orElse(Duration.ZERO).compareTo(grant) >= 0) {
            fields.problem(
                    "timeout",
                    "must be shorter than grantDuration, which is " + DurationText.text(grant),
                    "shorten it, or lengthen grantDuration (a failover then takes longer)");
        }
        var read =
                new Replication(
                        fields.value("mode", Values.choice(ReplicationMode.class))
                                .orElse(defaults.mode()),
                        timeout.orElse(shorter(defaults.timeout(), grant)),
                        grant,
                        fields.value("checksum", Values.choice(Checksum.class))
                                .orElse(defaults.checksum()),
                        fields.value("compression", Values.choice(Compression.class))
                                .orElse(defaults.compression()));
        fields.refuseUnknown();
        return read;
    }

    /// The default time-out, or two thirds of a grant that is too short for it.
    private static Duration shorter(Duration timeout, Duration grant) {
        return timeout.compareTo(grant) < 0 ? timeout : grant.multipliedBy(2).dividedBy(3);
    }

    private static Resync resync(Fields fields) {
        var rate = Values.bytes(ByteCount.of(64 << 10), NO_LIMIT);
        var maxRate = fields.value("maxRate", rate);
        var minRate = fields.value("minRate", rate);
        if (maxRate.isPresent()
                && minRate.isPresent()
                && minRate.get().compareTo(maxRate.get()) > 0) {
            fields.problem(
                    "minRate",
                    "is more than maxRate, which is " + maxRate.get(),
                    "give at most maxRate");
        }
        var floor = minRate.orElse(Resync.DEFAULT.minRate());
        var read =
                new Resync(maxRate, maxRate.filter(max -> max.compareTo(floor) < 0).orElse(floor));
        fields.refuseUnknown();
        return read;
    }
}
