package dev.hast.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Where a group of service addresses is, as the daemons report it. The operator writes it and
/// nobody else.
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record VirtualIPStatus(
        @JsonPropertyDescription("The generation of the spec that the operator has acted on")
                @Nullable Long observedGeneration,
        @JsonPropertyDescription("The addresses, in one line") @Nullable String addresses,
        @JsonPropertyDescription("Node that holds them") @Nullable String holder,
        @JsonPropertyDescription("Held, Moving, Nobody, Duplicate, Deleting or Unknown")
                @Nullable String state,
        @JsonPropertyDescription("Why it is in that state") @Nullable String reason,
        @JsonPropertyDescription("When the holder took them") @Nullable String since,
        @JsonPropertyDescription("Epoch of what is followed, where the holder serves it")
                @Nullable Long epoch,
        @JsonPropertyDescription("Each node that may hold them") List<NodeStatus> nodes,
        @JsonPropertyDescription("The last move") @Nullable Transition lastTransition,
        @JsonPropertyDescription("Somebody else who claimed one of the addresses")
                @Nullable Duplicate duplicateSeen,
        @JsonPropertyDescription("Available, Redundant, Duplicate") List<Condition> conditions) {

    public VirtualIPStatus {
        nodes = Lists.of(nodes);
        conditions = Lists.of(conditions);
    }

    /// What one node says of itself.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record NodeStatus(
            @JsonPropertyDescription("Its name") String node,
            @JsonPropertyDescription("Init, Backup, Promoting, Master, Yielding, Fault or Unknown")
                    @Nullable String state,
            @JsonPropertyDescription("Why") @Nullable String reason,
            @JsonPropertyDescription("Its advskew with what is added to it now")
                    @Nullable Integer advskew,
            @JsonPropertyDescription("When the operator last heard of it; absent while it hears it")
                    @Nullable String lastHeard) {}

    /// One move of the addresses.
    @JsonInclude(JsonInclude.Include.NON_EMPTY)
    public record Transition(
            @JsonPropertyDescription("Node that held them") @Nullable String from,
            @JsonPropertyDescription("Node that holds them since") @Nullable String to,
            @JsonPropertyDescription("Why") @Nullable String reason,
            @JsonPropertyDescription("When") @Nullable String at,
            @JsonPropertyDescription("Each step, in order") List<Step> durations) {
        public Transition {
            durations = Lists.of(durations);
        }
    }

    /// Somebody else who claimed an address.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Duplicate(
            @JsonPropertyDescription("The address") @Nullable String address,
            @JsonPropertyDescription("MAC address of who claimed it") @Nullable String mac,
            @JsonPropertyDescription("When it was last seen") @Nullable String at,
            @JsonPropertyDescription("How often") @Nullable Long count) {}
}
