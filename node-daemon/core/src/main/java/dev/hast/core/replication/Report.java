package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;

/// A change of state and its cause: one line in the log, one event for hooks, one count in the
/// metrics.
public sealed interface Report {

    record RoleChanged(Role from, Role to, long epoch, String cause) implements Report {}

    /// The configuration on this replica's disk is now this one.
    record Adopted(Configuration configuration, String cause) implements Report {}

    /// This primary asked the arbiter for a change.
    record Proposed(Configuration next, String cause) implements Report {}

    record Connected(String node) implements Report {}

    record Disconnected(String node, String cause) implements Report {}

    record SyncStarted(String node, long bytes) implements Report {}

    record SyncDone(String node, long copiedBytes, long nanos) implements Report {}

    record SyncInterrupted(String node, String cause) implements Report {}

    /// Both may hold acknowledged writes that the other lacks; a person has to name the victim.
    record SplitBrain(String node, String cause) implements Report {}

    /// I/O waits, and why.
    record Suspended(String cause) implements Report {}

    record Resumed() implements Report {}

    /// The new primary serves; how long each step took.
    record Serving(long epoch, long settleNanos, long settledBytes) implements Report {}

    record ProviderFailed(String cause) implements Report {}

    /// A message was refused: an old epoch, a foreign resource, nonsense.
    record Refused(String node, String cause) implements Report {}

    /// A block could not be read here and was written again from a peer.
    record Repaired(long offset, int length, String node) implements Report {}

    record VerifyMismatch(String node, long offset, int length, boolean repaired)
            implements Report {}

    record VerifyDone(String node, long comparedBytes, long mismatchedBytes) implements Report {}

    /// A replica that had lost its memory was promoted, because none that kept it answered in time
    /// (S14).
    record PromotedWithoutMemory(long epoch) implements Report {}
}
