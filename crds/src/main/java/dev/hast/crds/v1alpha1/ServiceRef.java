package dev.hast.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/// A Service behind the addresses.
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ServiceRef(
        @JsonPropertyDescription("Namespace of the Service") @Required @Size(min = 1, max = 63)
                String namespace,
        @JsonPropertyDescription("Name of the Service") @Required @Size(min = 1, max = 63)
                String name) {}
