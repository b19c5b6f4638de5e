package dev.hast.core.address;

/// What an [Election] asks of the world. The shell and the simulator implement it.
///
/// Calls are made on the thread that feeds the election and must not call back into it before they
/// return: results are events of their own. Times are monotonic nanoseconds of the election's
/// clock.
///
/// On the way up the calls come in this order: `send(CLAIM)`, `beginPromotion` (only where
/// resources are followed), `send(HOLD)`, and when that is [Election#sent]: `openGuard`,
/// `transition` to MASTER, `announce`. On the way down: `closeGuard`, `send` of the last advert,
/// `transition`, `beginYield`.
public interface ElectionEffects extends Faults {

    /// Sends an advert by multicast, and by unicast to known peers; [Election#sent] is owed, with
    /// this token, in the same step. It was sent if one copy was.
    void send(Advert advert, long token);

    /// Adds the addresses and opens the guard until then; the kernel closes it by itself. The
    /// remaining time is to be taken at the last moment, and if none is left or the kernel refuses,
    /// [Election#guardRefused] is owed.
    void openGuard(long until);

    /// Moves the end of an open guard. A guard that has run out must not be opened by this: then,
    /// or if the kernel refuses, [Election#guardRefused] is owed.
    void renewGuard(long until);

    /// Closes the guard, and removes the addresses. Nothing answers any more when it returns.
    void closeGuard();

    /// Tells the segment where the addresses are, by the whole schedule of repetitions. A second
    /// call begins the schedule anew; [#closeGuard] ends it.
    void announce();

    /// Promotes all followed resources, all or none: [Election#promotionDone] or
    /// [Election#promotionFailed] is owed, unless [#beginYield] comes first.
    void beginPromotion(TransitionReason reason);

    /// Undoes what [#beginPromotion] did or began: [Election#yieldDone] or [Election#yieldFailed]
    /// is owed.
    void beginYield(TransitionReason reason);

    /// The state changed. `detail` says more about the reason, and may be empty.
    void transition(ElectionState from, ElectionState to, TransitionReason reason, String detail);

    @Override
    default boolean has(ElectionBug bug) {
        return false;
    }
}
