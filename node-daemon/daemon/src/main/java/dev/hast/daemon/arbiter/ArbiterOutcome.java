package dev.hast.daemon.arbiter;

import dev.hast.core.configuration.Configuration;
import java.util.Optional;

/// What came of one call to an [Arbiter]. Causes are sentences for people: what failed, where, and
/// what to do.
public sealed interface ArbiterOutcome {

    /// What [Arbiter#read] can end in.
    sealed interface OfRead extends ArbiterOutcome permits Read, Unavailable, Refused {}

    /// What [Arbiter#compareAndSet] can end in.
    sealed interface OfSwap extends ArbiterOutcome
            permits Swapped, Conflict, Unknown, Unavailable, Refused {}

    /// The register's content, no older than the moment of the call. Empty exactly when the
    /// revision is [Revision#ABSENT].
    record Read(Optional<Configuration> configuration, Revision revision) implements OfRead {

        public Read {
            if (configuration.isPresent() == revision.equals(Revision.ABSENT)) {
                throw new IllegalArgumentException(
                        "revision " + revision + " with " + configuration);
            }
        }
    }

    /// The proposed configuration was put into the register, in this revision.
    record Swapped(Revision revision) implements OfSwap {}

    /// The register was not at the expected revision.
    ///
    /// @param current what it held instead
    /// @param mayHaveHeld an earlier try of the same call was lost: the proposed configuration may
    ///   have been in the register for a while, before `current` replaced it
    record Conflict(Read current, boolean mayHaveHeld) implements OfSwap {}

    /// The answer was lost or is late: the change may have happened, or may yet happen, until a
    /// later call on the same arbiter settles it.
    record Unknown(String cause) implements OfSwap {}

    /// It surely did not happen, and will not. Trying again later may help.
    record Unavailable(String cause) implements OfRead, OfSwap {}

    /// It surely did not happen, and trying again will not help before a person has mended the
    /// cause.
    record Refused(String cause) implements OfRead, OfSwap {}
}
