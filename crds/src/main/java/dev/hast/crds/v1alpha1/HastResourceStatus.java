package dev.hast.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a replicated volume is, as its daemons report it. The operator writes it and nobody else.
///
/// Words that may grow in number (states, reasons) are text without a closed list, so that an older
/// definition takes what a newer operator writes.
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record HastResourceStatus(
        @JsonPropertyDescription("The generation of the spec that the operator has acted on")
                @Nullable Long observedGeneration,
        @JsonPropertyDescription("Identity of the volume for its whole life") @Nullable String id,
        @JsonPropertyDescription("Of the volume") @Nullable String size,
        @JsonPropertyDescription("Node where the volume is served") @Nullable String primary,
        @JsonPropertyDescription("Version of the configuration: every change adds one")
                @Nullable Long epoch,
        @JsonPropertyDescription("Nodes that hold every acknowledged write") List<String> inSync,
        @JsonPropertyDescription("In-sync replicas of all replicas, such as 2/3")
                @Nullable String inSyncOf,
        @JsonPropertyDescription(
                        "Pending, Starting, Serving, Degraded, Suspended, Failed, SplitBrain, Deleting or Unknown")
                @Nullable String state,
        @JsonPropertyDescription("Why it is in that state") @Nullable String reason,
        @JsonPropertyDescription("How far the slowest resync has come, such as 43%")
                @Nullable String resync,
        @JsonPropertyDescription("Each replica") List<ReplicaStatus> replicas,
        @JsonPropertyDescription("The last move of the primary") @Nullable Failover lastFailover,
        @JsonPropertyDescription("Available, Redundant, Suspended, SplitBrain")
                List<Condition> conditions) {

    public HastResourceStatus {
        inSync = Lists.of(inSync);
        replicas = Lists.of(replicas);
        conditions = Lists.of(conditions);
    }

    /// What one replica is. Being connected, syncing and in sync are three different things.
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record ReplicaStatus(
            @JsonPropertyDescription("Node that holds it") String node,
            @JsonPropertyDescription("Primary, Secondary or Init") @Nullable String role,
            @JsonPropertyDescription(
                            "How the primary reaches it: Connected, Connecting or Disconnected; of the primary itself Local")
                    @Nullable String connection,
            @JsonPropertyDescription("Absent, Outdated, Syncing, InSync, Failed or SplitBrain")
                    @Nullable String state,
            @JsonPropertyDescription("Path on its node") @Nullable String provider,
            @JsonPropertyDescription("Bytes that it lacks, in whole extents")
                    @Nullable Long dirtyBytes,
            @JsonPropertyDescription("How far its resync has come") @Nullable Integer resyncPercent,
            @JsonPropertyDescription("When its resync ends at this rate, as time to go")
                    @Nullable String eta,
            @JsonPropertyDescription("The last thing that went wrong with it")
                    @Nullable String lastError) {}

    /// One move of the primary.
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Failover(
            @JsonPropertyDescription("Node that was primary") @Nullable String from,
            @JsonPropertyDescription("Node that is primary since") @Nullable String to,
            @JsonPropertyDescription("Why") @Nullable String reason,
            @JsonPropertyDescription("When") @Nullable String at,
            @JsonPropertyDescription("From the first sign to service") @Nullable String total,
            @JsonPropertyDescription("Each step, in order") List<Step> durations) {
        public Failover {
            durations = Lists.of(durations);
        }
    }
}
