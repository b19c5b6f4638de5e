package dev.hast.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/// What happens when a change of configuration is needed and the arbiter is away.
public enum ArbiterLoss {
    /// I/O waits.
    @JsonProperty("suspend")
    SUSPEND,
    /// I/O fails.
    @JsonProperty("fail")
    FAIL,
    /// I/O goes on, and split-brain is possible.
    @JsonProperty("continue")
    CONTINUE
}
