package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.ResourceId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The control messages between replicas. Writes and their confirmations, which are too frequent
/// for objects, are [Effects#sendWrite] and [Effects#sendConfirm]. A link keeps the order of
/// everything sent on it.
public sealed interface Message {

    /// The first message on a link, both ways: who I am and what I hold.
    ///
    /// @param configuration the newest configuration on this replica's disk; null on a blank one
    /// @param dataReign the reign and the epoch in which its data was last in sync; 0 when it never
    ///   was
    /// @param incarnation names this memory: another value means that what was not flushed may be
    ///   gone
    /// @param lost whether this replica lost its memory and was not brought back since (S14)
    /// @param recentsKnown whether it knows its recent writes (a restarted daemon does not)
    /// @param capacity the bytes of volume that its provider can hold
    record Hello(
            ResourceId resource,
            String node,
            @Nullable Configuration configuration,
            long dataReign,
            long dataEpoch,
            long incarnation,
            boolean lost,
            boolean recentsKnown,
            long capacity,
            int extentBytes)
            implements Message {}

    /// The link makes no sense; the sender closes it.
    record Reject(String cause) implements Message {}

    /// A configuration that is on the sender's disk. From its primary it also asks for a grant.
    ///
    /// @param ask the primary's clock when it asked; 0 when it does not ask
    record Announce(Configuration configuration, long ask, long watermark) implements Message {}

    /// The primary's heartbeat, which asks for a grant.
    record Ping(long epoch, long ask, long watermark) implements Message {}

    /// A secondary's consent that the primary serves, counted by the primary from `ask`. Sent only
    /// with `epoch` on its own disk.
    ///
    /// @param length how long the sender will hold to it, by its own settings; the primary counts
    ///   no more
    record Grant(long epoch, long ask, long length) implements Message {}

    record Flush(long epoch, long id) implements Message {}

    record Flushed(long epoch, long id, int result) implements Message {}

    /// A new primary asks for the writes above the all-confirmed watermark.
    record RecentRequest(long epoch) implements Message {}

    /// The answer: ranges as pairs of offset and length.
    ///
    /// @param extents the activity log, when the replica does not know its recent writes; else
    ///   empty
    record Recent(long epoch, long[] ranges, long[] extents) implements Message {}

    /// The primary has settled: recent writes of earlier reigns are forgotten.
    record Settled(long epoch) implements Message {}

    /// The primary begins to bring the receiver back; writes follow from here on.
    record SyncBegin(long epoch) implements Message {}

    /// @param all whether the receiver's data is of no use as a start (it is blank)
    /// @param activity the receiver's own activity log
    record SyncAccept(long epoch, boolean all, long[] activity) implements Message {}

    record HashRequest(long id, long offset, int length) implements Message {}

    record Hashes(long id, int result, long[] hashes) implements Message {}

    /// From here on the receiver counts: it keeps an activity log, flushes what it has, and stores
    /// the dirty maps of the absent.
    record JoinPrepare(long epoch, long id, List<DirtyMapOf> maps) implements Message {}

    record JoinReady(long epoch, long id) implements Message {}

    /// Bytes wanted from a peer, because the local ones cannot be read or must not be trusted.
    record ReadRequest(long id, long offset, int length) implements Message {}

    /// @param buffer the shell's handle of the payload; [Operation#NO_BUFFER] on an error
    record ReadReply(long id, int result, long buffer, int length) implements Message {}

    /// The sender's provider has failed.
    record Failed(String cause) implements Message {}

    /// The sender leaves on purpose.
    ///
    /// @param returning it will be back within `holdNanos`: a planned restart, not a failover
    record Goodbye(boolean returning, long holdNanos) implements Message {}

    /// The sender's provider can hold this much now.
    record Capacity(long bytes) implements Message {}

    /// The dirty map of one absent slot, as words of bits, extent 0 first.
    record DirtyMapOf(int slot, long[] words) {}
}
