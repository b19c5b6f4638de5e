package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a replica knows at one moment, for people and for metrics.
///
/// @param suspendedBecause why I/O waits; null when it does not
/// @param needsPerson what only a person can decide (split-brain, lost arbiter record); null when
///   nothing
public record ReplicaStatus(
        Role role,
        boolean serving,
        @Nullable String suspendedBecause,
        @Nullable String needsPerson,
        @Nullable Configuration configuration,
        int slot,
        boolean inSync,
        boolean memoryLost,
        boolean providerFailed,
        int inFlight,
        int waiting,
        long watermark,
        long sequence,
        int activeExtents,
        long activityLogUpdates,
        List<Peer> peers,
        @Nullable Verify verify) {

    /// Connected, syncing and in sync are three different things.
    ///
    /// @param grantRemaining nanoseconds of the grant that this primary holds from it; 0 for none
    /// @param dirtyBytes what it is known to lack; when the histories have parted, what was written
    ///   here since
    /// @param trouble what keeps it out of the in-sync set until somebody acts
    /// @param parted its history when it has parted from ours (S9); null when it has not
    public record Peer(
            String node,
            int slot,
            boolean connected,
            boolean syncing,
            boolean inSync,
            long grantRemaining,
            long dirtyBytes,
            long syncTotalBytes,
            long syncCheckedBytes,
            long syncCopiedBytes,
            Trouble trouble,
            @Nullable String lastError,
            @Nullable Parted parted) {}

    /// What waiting does not mend.
    public enum Trouble {
        NONE,
        PROVIDER_FAILED,
        /// It holds writes that are no part of this history.
        SPLIT_BRAIN
    }

    /// A split-brain with one peer, as far as this replica can tell.
    ///
    /// @param commonEpoch the newest epoch that both histories share
    /// @param epoch of the peer's configuration
    /// @param reign tag of the peer's reign
    public record Parted(long commonEpoch, long epoch, long reign) {}

    public record Verify(String node, long checkedBytes, long totalBytes, long mismatchedBytes) {}
}
