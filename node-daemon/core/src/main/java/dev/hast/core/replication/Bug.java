package dev.hast.core.replication;

/// Deliberate faults of this code: each takes one safety rule away. They exist to show that the
/// simulator would see such a fault; only its tests switch one on ([Effects#has]).
public enum Bug {
    /// A write is acknowledged without the confirmations of the other in-sync replicas (S2).
    ACKNOWLEDGE_EARLY,
    /// Clients are served although grants have run out (S1, S6).
    SERVE_WITHOUT_GRANT,
    /// A grant counts from its arrival, not from when it was asked for (S6).
    GRANT_COUNTS_FROM_ARRIVAL,
    /// A configuration is acted on before it is on disk (S5).
    SKIP_EPOCH_PERSIST,
    /// A replica that does not confirm is passed over before it has left the set (S3).
    SHRINK_AFTER_ACKNOWLEDGE,
    /// While the outcome of a change is unknown, only the old configuration holds (S1).
    FORGET_PENDING_CHANGE,
    /// A replica that is not in the in-sync set asks to be primary (S4).
    PROMOTE_OUT_OF_SET,
    /// A secondary asks to be primary before its grant has run out (S6).
    PROMOTE_EARLY,
    /// A replica that has asked to be primary still consents to another (S6).
    CANDIDATE_GRANTS,
    /// A restarted replica does not remember that it may have given a grant (S6).
    RESTART_FORGETS_PROMISE,
    /// A replica that was promoted late serves while a grant that it gave may still last (S6).
    ACT_UNDER_PROMISE,
    /// A restarted replica forgets which writes were in flight, and takes nothing for them (S3).
    RESTART_FORGETS_RECENT,
    /// Messages of old epochs are accepted, whoever sends them (S5).
    NO_FENCE,
    /// A new primary does not ask for the writes that were in flight (S7).
    FORGET_WRITES_IN_FLIGHT,
    /// The all-confirmed watermark is told too high, so that writes in flight are forgotten (S7).
    WATERMARK_TOO_HIGH,
    /// A reign serves before what was reconciled is flushed (S7, S14).
    SETTLE_WITHOUT_FLUSH,
    /// The hashes of one member are taken for those of another.
    HASHES_OF_ANYBODY,
    /// A restarted primary goes on in its old reign.
    REIGN_GOES_ON,
    /// A dirty map is cleared when the resync begins, not when it is done (S7).
    CLEAR_DIRTY_TOO_SOON,
    /// Only the primary notes what the absent lack (S3).
    DIRTY_MAPS_ON_PRIMARY_ONLY,
    /// A resync copies blocks without holding their range (S13).
    RESYNC_RACES_WRITES,
    /// Writes that overlap are not put in order (S13).
    NO_ORDER,
    /// A flush is answered when it is done here (S2).
    FLUSH_HERE_ONLY,
    /// FUA is forgotten on the way to the other replicas (S2).
    FORGET_FUA,
    /// A replica joins without having flushed what it received (S7).
    JOIN_WITHOUT_FLUSH,
    /// A joining replica's confirmations do not count until it is in the set (S7).
    JOIN_WITHOUT_COUNTING,
    /// A write goes to the provider before its extents are in the activity log on disk (S7, S14).
    LOG_AFTER_WRITE,
    /// Extents leave the activity log without a flush (S14).
    LOG_WITHOUT_FLUSH,
    /// A replica that lost its memory behaves as if it had not (S14).
    MEMORY_LOSS_IGNORED,
    /// The superblock is written once, not twice.
    ONE_SUPERBLOCK
}
