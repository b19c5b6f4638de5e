package dev.hast.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonProperty;

/// How adverts prove where they come from.
public enum Authentication {
    /// HMAC-SHA1, as on BSD.
    @JsonProperty("carp")
    CARP,
    /// HMAC-SHA256 over all fields, none taken twice; among nodes of ours.
    @JsonProperty("strict")
    STRICT
}
