package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/// What came of a call to the arbiter.
public sealed interface ArbiterAnswer {

    /// The record as it is; null when there is none.
    record Current(@Nullable Configuration configuration) implements ArbiterAnswer {}

    record Swapped() implements ArbiterAnswer {}

    /// The register held something else.
    record Conflict(@Nullable Configuration current) implements ArbiterAnswer {}

    /// The answer was lost or is late: it may have happened.
    record Unknown(String cause) implements ArbiterAnswer {}

    /// It surely did not happen.
    record Unavailable(String cause) implements ArbiterAnswer {}
}
