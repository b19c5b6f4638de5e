package dev.hast.crds.v1alpha1;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonPropertyDescription;

/// One step of a move, and how long it took.
///
/// @param duration as people read it: `3.2s`, `15ms`
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Step(
        @JsonPropertyDescription("What was done") String name,
        @JsonPropertyDescription("How long it took") String duration) {}
