package dev.hast.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;

/// One entry of a Secret.
@JsonInclude(JsonInclude.Include.NON_NULL)
public record SecretKeyRef(
        @JsonPropertyDescription("Namespace of the Secret") @Required @Size(min = 1, max = 63)
                String namespace,
        @JsonPropertyDescription("Name of the Secret") @Required @Size(min = 1, max = 253)
                String name,
        @JsonPropertyDescription("Its entry") @Default("password") @Size(min = 1, max = 253)
                String key) {}
