package dev.hast.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/// What becomes of the data when a resource is deleted.
public enum ReclaimPolicy {
    /// Providers keep their contents, and the arbiter its record.
    @JsonProperty("Retain")
    RETAIN,
    /// The data is given up.
    @JsonProperty("Delete")
    DELETE
}
