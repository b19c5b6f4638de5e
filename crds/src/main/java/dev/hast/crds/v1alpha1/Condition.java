package dev.hast.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import org.jspecify.annotations.Nullable;

/// One aspect of the state, as upstream's `metav1.Condition`.
///
/// @param lastTransitionTime when `status` last changed, RFC 3339
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Condition(
        @JsonPropertyDescription("Which aspect, in CamelCase") @Required @Size(min = 1, max = 316)
                String type,
        @JsonPropertyDescription("True, False or Unknown")
                @Required
                @Pattern("^(True|False|Unknown)$")
                String status,
        @JsonPropertyDescription("The generation of the spec that this was said of") @Min(0)
                @Nullable Long observedGeneration,
        @JsonPropertyDescription("When the status of this condition last changed") @Required
                String lastTransitionTime,
        @JsonPropertyDescription("Why, as one word in CamelCase")
                @Required
                @Size(min = 1, max = 1024)
                @Pattern("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")
                String reason,
        @JsonPropertyDescription("Why, in words") @Required @Size(max = 32768) String message) {}
