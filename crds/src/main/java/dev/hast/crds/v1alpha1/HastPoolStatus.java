package dev.hast.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a pool has on each node. The operator writes it and nobody else.
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record HastPoolStatus(
        @JsonPropertyDescription("The generation of the spec that the operator has acted on")
                @Nullable Long observedGeneration,
        @JsonPropertyDescription("Healthy nodes of all its nodes, such as 3/3")
                @Nullable String healthyOf,
        @JsonPropertyDescription("Providers on all nodes") @Nullable Integer providers,
        @JsonPropertyDescription("What is free on the node that has the most")
                @Nullable String allocatable,
        @JsonPropertyDescription("Each node that has it") List<NodeStatus> nodes,
        @JsonPropertyDescription("Ready") List<Condition> conditions) {

    public HastPoolStatus {
        nodes = Lists.of(nodes);
        conditions = Lists.of(conditions);
    }

    /// What it has on one node.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record NodeStatus(
            @JsonPropertyDescription("Its name") String node,
            @JsonPropertyDescription("Bytes that may be used") @Nullable String capacity,
            @JsonPropertyDescription("Bytes that are left") @Nullable String allocatable,
            @JsonPropertyDescription("Providers there") @Nullable Integer providers,
            @JsonPropertyDescription("Healthy, Full, Missing or Unknown")
                    @Nullable String health) {}
}
