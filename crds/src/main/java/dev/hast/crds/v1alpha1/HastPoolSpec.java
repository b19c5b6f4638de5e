package dev.hast.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Where providers may be made.
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record HastPoolSpec(
        @JsonPropertyDescription("Labels of the nodes that have it. Empty: all nodes with a daemon")
                Map<String, String> nodeSelector,
        @JsonPropertyDescription(
                        "On each of those nodes: a directory for files, or a device for one provider. Can't change: providers lie there")
                @Required
                @Size(min = 1, max = Forms.PATH_MAX)
                @ValidationRule(value = Forms.PATH, message = Forms.PATH_MESSAGE)
                @ValidationRule(
                        value = "self == oldSelf",
                        message = "path can't change: providers lie there; make another pool")
                String path,
        @JsonPropertyDescription(
                        "How much of it may be used on each node. Default: what the node says that there is")
                @Size(max = Forms.QUANTITY_MAX)
                @ValidationRule(value = Forms.BYTES, message = Forms.BYTES_MESSAGE)
                @Nullable String capacity) {

    public HastPoolSpec {
        nodeSelector = nodeSelector == null ? Map.of() : new TreeMap<>(nodeSelector);
    }
}
