package dev.hast.core.replication;

/// Deliberate faults of this code: each takes one safety rule away. They exist to show that the
/// simulator would see such a fault; only its tests switch one on ([Effects#has]).
public enum Bug {
    // Each says what shows it; a new one without either does not compile, and one whose scenario or
    // seed is missing fails its test.

    /// A write is acknowledged without the confirmations of the other in-sync replicas (S2).
    ACKNOWLEDGE_EARLY(Shown.BY_SEEDS),
    /// Clients are served although grants have run out (S1, S6).
    SERVE_WITHOUT_GRANT(Shown.BY_SEEDS),
    /// A grant counts from its arrival, not from when it was asked for (S6).
    GRANT_COUNTS_FROM_ARRIVAL(Shown.BY_SCENARIO),
    /// A configuration is acted on before it is on disk (S5).
    SKIP_EPOCH_PERSIST(Shown.BY_SEEDS),
    /// A replica that does not confirm is passed over before it has left the set (S3).
    SHRINK_AFTER_ACKNOWLEDGE(Shown.BY_SEEDS),
    /// While the outcome of a change is unknown, only the old configuration holds (S1).
    FORGET_PENDING_CHANGE(Shown.BY_SEEDS),
    /// A replica that is not in the in-sync set asks to be primary (S4).
    PROMOTE_OUT_OF_SET(Shown.BY_SEEDS),
    /// A secondary asks to be primary before its grant has run out (S6).
    PROMOTE_EARLY(Shown.BY_SEEDS),
    /// A replica that has asked to be primary still consents to another (S6).
    CANDIDATE_GRANTS(Shown.BY_SCENARIO),
    /// A restarted replica does not remember that it may have given a grant (S6).
    RESTART_FORGETS_PROMISE(Shown.BY_SCENARIO),
    /// A replica that was promoted late serves while a grant that it gave may still last (S6).
    ACT_UNDER_PROMISE(Shown.BY_SCENARIO),
    /// A restarted replica forgets which writes were in flight, and takes nothing for them (S3).
    RESTART_FORGETS_RECENT(Shown.BY_SCENARIO),
    /// Messages of old epochs are accepted, whoever sends them (S5).
    NO_FENCE(Shown.BY_SCENARIO),
    /// A new primary does not ask for the writes that were in flight (S7).
    FORGET_WRITES_IN_FLIGHT(Shown.BY_SCENARIO),
    /// The all-confirmed watermark is told too high, so that writes in flight are forgotten (S7).
    WATERMARK_TOO_HIGH(Shown.BY_SCENARIO),
    /// A reign serves before what was reconciled is flushed (S7, S14).
    SETTLE_WITHOUT_FLUSH(Shown.BY_SCENARIO),
    /// The hashes of one member are taken for those of another.
    HASHES_OF_ANYBODY(Shown.BY_SEEDS),
    /// A restarted primary goes on in its old reign.
    REIGN_GOES_ON(Shown.BY_SCENARIO),
    /// A dirty map is cleared when the resync begins, not when it is done (S7).
    CLEAR_DIRTY_TOO_SOON(Shown.BY_SCENARIO),
    /// Only the primary notes what the absent lack (S3).
    DIRTY_MAPS_ON_PRIMARY_ONLY(Shown.BY_SCENARIO),
    /// A resync copies blocks without holding their range (S13).
    RESYNC_RACES_WRITES(Shown.BY_SEEDS),
    /// Writes that overlap are not put in order (S13).
    NO_ORDER(Shown.BY_SEEDS),
    /// A flush is answered when it is done here (S2).
    FLUSH_HERE_ONLY(Shown.BY_SEEDS),
    /// FUA is forgotten on the way to the other replicas (S2).
    FORGET_FUA(Shown.BY_SEEDS),
    /// A replica joins without having flushed what it received (S7).
    JOIN_WITHOUT_FLUSH(Shown.BY_SEEDS),
    /// A joining replica's confirmations do not count until it is in the set (S7).
    JOIN_WITHOUT_COUNTING(Shown.BY_SEEDS),
    /// A write goes to the provider before its extents are in the activity log on disk (S7, S14).
    LOG_AFTER_WRITE(Shown.BY_SEEDS),
    /// Extents leave the activity log without a flush (S14).
    LOG_WITHOUT_FLUSH(Shown.BY_SEEDS),
    /// A replica that lost its memory behaves as if it had not (S14).
    MEMORY_LOSS_IGNORED(Shown.BY_SEEDS),
    /// The superblock is written once, not twice.
    ONE_SUPERBLOCK(Shown.BY_SEEDS);

    /// What shows that a fault would be seen.
    public enum Shown {
        /// Random seeds of the simulator.
        BY_SEEDS,
        /// A scenario of a small cluster, made for it: what it needs is rare in random runs.
        BY_SCENARIO
    }

    private final Shown shown;

    Bug(Shown shown) {
        this.shown = shown;
    }

    public Shown shown() {
        return shown;
    }
}
