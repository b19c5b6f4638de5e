package dev.hast.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/// What the holder does when somebody else claims one of its addresses.
public enum OnDuplicate {
    /// It announces them again.
    @JsonProperty("defend")
    DEFEND,
    /// It gives them up.
    @JsonProperty("yield")
    YIELD
}
