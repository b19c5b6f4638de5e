package dev.hast.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a replicated volume should be. Each field means what it means in the daemon's document of
/// the same name; `replicaCount`, `pool` and `reclaimPolicy` are the operator's.
@JsonInclude(JsonInclude.Include.NON_EMPTY)
@ValidationRule(
        value = "has(self.replicas) != has(self.replicaCount)",
        message = "give exactly one of replicas and replicaCount")
@ValidationRule(
        value = "has(self.pool) == has(self.replicaCount)",
        message =
                "replicaCount and pool belong together: the operator places so many replicas in that pool")
@ValidationRule(
        value = "!has(self.replicaCount) || has(self.size)",
        message = "size is needed with replicaCount: a provider of that size is made")
@ValidationRule(
        value =
                "!has(self.replicas) || self.primary == 'auto' || self.replicas.exists(r, r.node == self.primary)",
        message = "primary: no replica is on that node; write auto, or one of the replicas' nodes")
@ValidationRule(
        value = "!has(oldSelf.size) || has(self.size)",
        message = "size can't be taken back once it is given; the volume has it")
@ValidationRule(
        value = "has(oldSelf.replicas) == has(self.replicas)",
        message = "who places the replicas can't change: keep replicas, or keep replicaCount")
@ValidationRule(
        value = "!has(oldSelf.pool) || !has(self.pool) || oldSelf.pool == self.pool",
        message = "pool can't change: the replicas lie in it")
public record HastResourceSpec(
        @JsonPropertyDescription(
                        "Of the volume: from 1Mi, a multiple of 4Ki. Only grows. Default: what the smallest provider holds, decided when it is made")
                @Size(max = Forms.QUANTITY_MAX)
                @ValidationRule(value = Forms.BYTES, message = Forms.BYTES_MESSAGE)
                @ValidationRule(
                        value =
                                "!isQuantity(self) || quantity(self).compareTo(quantity('1Mi')) >= 0",
                        message = "give at least 1Mi")
                @ValidationRule(
                        value =
                                "!isQuantity(self) || !quantity(self).isInteger() || quantity(self).asInteger() % 4096 == 0",
                        message = "give a multiple of 4Ki")
                @ValidationRule(
                        value =
                                "!isQuantity(self) || !isQuantity(oldSelf) || quantity(self).compareTo(quantity(oldSelf)) >= 0",
                        message =
                                "a volume can't shrink: its end may hold data; make a smaller one and copy")
                @Nullable String size,
        @JsonPropertyDescription("The copies, on different nodes")
                @Size(min = 1, max = 8)
                @ValidationRule(
                        value = "self.all(r, self.exists_one(s, s.node == r.node))",
                        message = "a node holds one replica at most; name each node once")
                @ValidationRule(
                        value =
                                "self.all(r, !has(r.address) || self.filter(s, has(s.address)).exists_one(s, s.address == r.address))",
                        message = "two replicas have the same address; give each node its own")
                List<ReplicaSpec> replicas,
        @JsonPropertyDescription("How many replicas the operator places in the pool")
                @Min(1)
                @Max(8)
                @Nullable Integer replicaCount,
        @JsonPropertyDescription("The HastPool that the operator places replicas in")
                @Size(max = Forms.NAME_MAX)
                @ValidationRule(value = Forms.NAME, message = Forms.NAME_MESSAGE)
                @Nullable String pool,
        @JsonPropertyDescription("Who should be primary: auto, or a node")
                @Default("auto")
                @Size(max = Forms.NAME_MAX)
                @ValidationRule(value = Forms.NAME, message = Forms.NAME_MESSAGE)
                @Nullable String primary,
        @JsonPropertyDescription("How writes are replicated") @Default("{}")
                @Nullable Replication replication,
        @JsonPropertyDescription(
                        "Unit of dirtiness: a power of two from 64Ki to 1Gi. Fixed when the volume is made")
                @Default("2Mi")
                @Size(max = Forms.QUANTITY_MAX)
                @ValidationRule(
                        value =
                                "isQuantity(self) && ['64Ki', '128Ki', '256Ki', '512Ki', '1Mi', '2Mi', '4Mi', '8Mi', '16Mi', '32Mi', '64Mi', '128Mi', '256Mi', '512Mi', '1Gi'].exists(e, quantity(e).compareTo(quantity(self)) == 0)",
                        message = "give a power of two from 64Ki to 1Gi")
                @ValidationRule(
                        value =
                                "!isQuantity(self) || !isQuantity(oldSelf) || quantity(self).compareTo(quantity(oldSelf)) == 0",
                        message = "extentSize is fixed when the volume is made")
                @Nullable String extentSize,
        @JsonPropertyDescription(
                        "Extents kept hot (HAST: keepdirty), 8 to 65536. Fixed when the volume is made")
                @Default("256")
                @Min(8)
                @Max(65536)
                @ValidationRule(
                        value = "self == oldSelf",
                        message = "activityLogExtents is fixed when the volume is made")
                @Nullable Integer activityLogExtents,
        @JsonPropertyDescription(
                        "When a change of configuration is needed and the arbiter is away: suspend or fail I/O, or continue, which makes split-brain possible")
                @Default("suspend")
                @Nullable ArbiterLoss onArbiterLost,
        @JsonPropertyDescription("How a replica is brought back") @Nullable Resync resync,
        @JsonPropertyDescription(
                        "What becomes of the data when this object is deleted: Retain keeps providers and the arbiter's record as they are, Delete gives them up")
                @Default("Retain")
                @Nullable ReclaimPolicy reclaimPolicy) {

    public HastResourceSpec {
        replicas = Lists.of(replicas);
    }

    /// One copy of the volume.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @ValidationRule(
            value = "has(self.provider) != has(self.pool)",
            message = "give exactly one of provider and pool")
    public record ReplicaSpec(
            @JsonPropertyDescription("Node that holds it")
                    @Required
                    @Size(min = 1, max = Forms.NAME_MAX)
                    @ValidationRule(value = Forms.NAME, message = Forms.NAME_MESSAGE)
                    String node,
            @JsonPropertyDescription("Path of a disk, partition, logical volume or file there")
                    @Size(max = Forms.PATH_MAX)
                    @ValidationRule(value = Forms.PATH, message = Forms.PATH_MESSAGE)
                    @Nullable String provider,
            @JsonPropertyDescription("HastPool that the operator makes its provider in")
                    @Size(max = Forms.NAME_MAX)
                    @ValidationRule(value = Forms.NAME, message = Forms.NAME_MESSAGE)
                    @Nullable String pool,
            @JsonPropertyDescription(
                            "Where that node's daemon listens for its peers, host[:port]. Default: the node's InternalIP, port 8457")
                    @Size(max = Forms.HOST_MAX)
                    @ValidationRule(value = Forms.ENDPOINT, message = Forms.ENDPOINT_MESSAGE)
                    @Nullable String address,
            @JsonPropertyDescription(
                            "Local address of connections to peers. Default: the system chooses")
                    @Size(max = Forms.HOST_MAX)
                    @Nullable String source) {}

    /// How writes are replicated.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @ValidationRule(
            value =
                    "!has(self.timeout) || !self.timeout.matches('"
                            + Forms.DURATION
                            + "') || !self.grantDuration.matches('"
                            + Forms.DURATION
                            + "') || duration(self.timeout) < duration(self.grantDuration)",
            message =
                    "timeout must be shorter than grantDuration; shorten it, or lengthen grantDuration (a failover then takes longer)")
    public record Replication(
            @JsonPropertyDescription("When a write is acknowledged") @Default("fullsync")
                    @Nullable ReplicationMode mode,
            @JsonPropertyDescription(
                            "How long a replica may owe a confirmation before it is taken out of the in-sync set: from 100ms, shorter than grantDuration. Default: 2s, or two thirds of a shorter grant")
                    @Size(max = Forms.DURATION_MAX)
                    @ValidationRule(
                            value =
                                    Forms.IS_DURATION
                                            + " && duration(self) >= duration('100ms') && duration(self) <= duration('5m')",
                            message = "give 100ms to 5m, such as 500ms, 3s or 1m30s")
                    @Nullable String timeout,
            @JsonPropertyDescription(
                            "How long a secondary's consent lasts, 500ms to 5m; a failover takes at least that")
                    @Default("3s")
                    @Size(max = Forms.DURATION_MAX)
                    @ValidationRule(
                            value =
                                    Forms.IS_DURATION
                                            + " && duration(self) >= duration('500ms') && duration(self) <= duration('5m')",
                            message = "give 500ms to 5m, such as 500ms, 3s or 1m30s")
                    @Nullable String grantDuration,
            @JsonPropertyDescription("Of blocks, end to end") @Default("crc32c")
                    @Nullable Checksum checksum,
            @JsonPropertyDescription("Of blocks on the wire") @Default("hole")
                    @Nullable Compression compression) {}

    /// How a replica is brought back.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @ValidationRule(
            value =
                    "!has(self.minRate) || !has(self.maxRate) || !isQuantity(self.minRate) || !isQuantity(self.maxRate) || quantity(self.minRate).compareTo(quantity(self.maxRate)) <= 0",
            message = "minRate is more than maxRate; give at most maxRate")
    public record Resync(
            @JsonPropertyDescription(
                            "Bytes a second that resync and verify never exceed, from 64Ki. Default: only the governor limits them")
                    @Size(max = Forms.QUANTITY_MAX)
                    @ValidationRule(value = Forms.BYTES, message = Forms.BYTES_MESSAGE)
                    @ValidationRule(value = RATE, message = RATE_MESSAGE)
                    @Nullable String maxRate,
            @JsonPropertyDescription(
                            "Bytes a second that the governor leaves to resync and verify however busy clients are, from 64Ki, at most maxRate. Default: 10Mi, or maxRate when that is less")
                    @Size(max = Forms.QUANTITY_MAX)
                    @ValidationRule(value = Forms.BYTES, message = Forms.BYTES_MESSAGE)
                    @ValidationRule(value = RATE, message = RATE_MESSAGE)
                    @Nullable String minRate) {
        private static final String RATE =
                "!isQuantity(self) || quantity(self).compareTo(quantity('64Ki')) >= 0";
        private static final String RATE_MESSAGE = "give at least 64Ki";
    }
}
