package dev.hast.core.address;

/// Deliberate faults of this package: each takes one rule away. They exist to show that the
/// simulator would see such a fault; only its tests switch one on ([Faults#has]).
public enum ElectionBug {
    /// A bow-out is not obeyed: the address stays silent for a whole master-down.
    BOW_OUT_IGNORED,
    /// An orderly leave says nothing.
    SILENT_LEAVE,
    /// The guard is renewed though the advert could not be sent.
    RENEW_WITHOUT_ADVERT,
    /// A holder that wakes late goes on, and opens its guard again.
    LATE_WAKE_GOES_ON,
    /// The guard lasts longer than a backup waits.
    GUARD_TOO_LONG,
    /// Demotion does not change what is advertised and compared.
    DEMOTION_IGNORED,
    /// A signed advert is taken again.
    REPLAY_ACCEPTED,
    /// Of equal holders nobody yields.
    NO_TIE_BREAK,
    /// The preempt delay is not waited for.
    PREEMPT_WITHOUT_DELAY,
    /// A better node opens before the holder has released.
    PREEMPT_WITHOUT_RELEASE,
    /// A claim is not given time to be answered.
    OPEN_WITHOUT_SETTLE,
    /// A holder does not announce again after another one has yielded.
    NO_ANNOUNCE,
    /// A group that follows resources opens before they are promoted.
    OPEN_WITHOUT_PROMOTION,
    /// A holder goes on when it is no longer entitled.
    ENTITLEMENT_IGNORED
}
