package dev.hast.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/// When a write is acknowledged.
public enum ReplicationMode {
    /// When every in-sync replica has it on its provider.
    @JsonProperty("fullsync")
    FULLSYNC,
    /// When the local provider has it, and every in-sync replica has received it.
    @JsonProperty("memsync")
    MEMSYNC,
    /// When the local provider has it.
    @JsonProperty("async")
    ASYNC
}
