package dev.hast.core.address;

/// What an election does in BACKUP: listens, and decides when to claim.
final class Listener {

    private final Election election;
    private final Rivals rivals;

    private long masterDownAt;

    /// A worse holder is left alone until then.
    private long preemptFrom;

    /// No claim before: after the start, after a late wake, and after a promotion that failed.
    private long listenUntil = Long.MIN_VALUE;

    private int failures;

    /// How often the holder advertised that was heard last.
    private long heardInterval;

    Listener(Election election, Rivals rivals) {
        this.election = election;
        this.rivals = rivals;
    }

    /// From INIT: nothing is known of who may hold the address.
    void begin(long now) {
        final ElectionSettings settings = election.settings();
        heardInterval = settings.advbase() * ElectionSettings.SECOND;
        preemptFrom = now + settings.preemptDelay();
        if (!settings.follows()) {
            // Who held it and died just before may still answer.
            listenUntil = Math.max(listenUntil, now + settings.holdsFor(heardInterval));
        }
    }

    /// Starts the master-down timer again.
    void again(long now) {
        masterDownAt = Math.max(now + masterDown(), rivals.until(now));
    }

    /// The same, by the pace of who was heard.
    void heardPaceOf(Advert advert, long now) {
        final Trailer trailer = advert.trailer();
        heardInterval =
                trailer == null
                        ? election.settings().advbase() * ElectionSettings.SECOND
                        : trailer.interval();
        again(now);
    }

    /// Nothing but listening for a whole master-down: it woke late.
    void only(long now) {
        listenUntil = Math.max(listenUntil, now + masterDown());
        masterDownAt = listenUntil;
    }

    /// A promotion failed: others first.
    void holdOff(long now) {
        failures++;
        listenUntil =
                Math.max(listenUntil, now + election.settings().holdOff(failures, election.skew()));
    }

    void succeeded() {
        failures = 0;
    }

    /// A holder that does not release is left alone for a while.
    void leaveHolderAlone(long now) {
        preemptFrom = now + Math.max(election.settings().preemptDelay(), masterDown());
    }

    boolean mayClaim(long now) {
        return now >= listenUntil;
    }

    /// *T*md, by the pace of who was heard last.
    long masterDown() {
        return election.settings().masterDown(heardInterval, election.skew());
    }

    long deadline() {
        return election.promoted() ? Math.min(masterDownAt, listenUntil) : masterDownAt;
    }

    void tick(long now) {
        if (election.promoted() && mayClaim(now)) {
            election.claim(TransitionReason.ADMINISTRATOR, now);
            return;
        }
        if (now < masterDownAt) {
            return;
        }
        final long mayAnswer = Math.max(listenUntil, rivals.until(now));
        if (mayAnswer > now) {
            masterDownAt = mayAnswer;
        } else {
            election.claim(TransitionReason.MASTER_TIMED_OUT, now);
        }
    }

    void heard(Advert advert, long now) {
        if (Election.left(advert)) {
            someoneLeft(advert, now);
            return;
        }
        heardPaceOf(advert, now);
        if (!mayClaim(now)) {
            return;
        }
        final ElectionSettings settings = election.settings();
        if (advert.trailer() == null
                && advert.pace() * ElectionSettings.SECOND / ElectionSettings.SKEW_UNITS
                        > settings.plainMasterDown(election.skew())) {
            election.claim(TransitionReason.MASTER_WILL_TIME_OUT, now);
        } else if (settings.preempt()
                && (now >= preemptFrom || election.has(ElectionBug.PREEMPT_WITHOUT_DELAY))
                && election.standing(now).relieves(advert)) {
            election.claim(TransitionReason.PREEMPTING, now);
        }
    }

    private void someoneLeft(Advert advert, long now) {
        if (rivals.until(now) > now || election.has(ElectionBug.BOW_OUT_IGNORED)) {
            return;
        }
        final long soonest = advert.bowOut() ? now : now + 2 * election.settings().settle();
        masterDownAt = Math.min(masterDownAt, Math.max(soonest, listenUntil));
        if (now >= masterDownAt) {
            election.claim(TransitionReason.MASTER_LEFT, now);
        }
    }
}
