package dev.hast.core.address;

/// What an election does in PROMOTING: claim, prepare, open.
///
/// A claim asks "is anybody there?" before the guard opens. It stands when nobody better has
/// answered for a settle time and no holder of ours is left that may still answer.
final class Candidate {

    private enum Step {
        CLAIMING,
        PREPARING,
        OPENING
    }

    private final Election election;
    private final Rivals rivals;

    private Step step = Step.CLAIMING;
    private TransitionReason why = TransitionReason.MASTER_TIMED_OUT;
    private long claimed;
    private long settleUntil;
    private long nextAdvert;
    private long promotionDeadline;
    private long opened;

    Candidate(Election election, Rivals rivals) {
        this.election = election;
        this.rivals = rivals;
    }

    /// Whether a promotion has begun that would have to be undone.
    boolean begun() {
        return step != Step.CLAIMING;
    }

    boolean preparing() {
        return step == Step.PREPARING;
    }

    boolean opening() {
        return step == Step.OPENING;
    }

    /// From BACKUP.
    void claim(TransitionReason reason, long now) {
        step = Step.CLAIMING;
        why = reason;
        claimed = now;
        election.change(ElectionState.PROMOTING, reason, "", now);
        settleFrom(now);
    }

    private void settleFrom(long now) {
        final long settle = election.settings().settle();
        settleUntil = election.has(ElectionBug.OPEN_WITHOUT_SETTLE) ? now : now + settle;
        nextAdvert = now + settle / 2;
        election.advertise(Intent.CLAIM, now);
    }

    /// Nobody could answer.
    void claimNotSent(long now) {
        if (step == Step.CLAIMING) {
            nextAdvert = now + election.settings().interval() / 16;
            settleUntil = nextAdvert + election.settings().settle();
        }
    }

    long deadline() {
        return switch (step) {
            case CLAIMING ->
                    Math.min(
                            nextAdvert,
                            insistent()
                                    ? Math.min(
                                            opensAt(),
                                            Math.max(
                                                    settleUntil,
                                                    claimed + election.listener().masterDown()))
                                    : settleUntil);
            case PREPARING -> Math.min(nextAdvert, promotionDeadline);
            case OPENING -> nextAdvert;
        };
    }

    /// @param late how long after the deadline
    void tick(long late, long now) {
        switch (step) {
            case CLAIMING -> claiming(late, now);
            case PREPARING -> {
                if (now >= promotionDeadline) {
                    election.promotionFailed("it took too long", now);
                } else if (now >= nextAdvert) {
                    say(Intent.CLAIM, election.settings().interval(), now);
                }
            }
            case OPENING -> {
                if (now >= opened + election.listener().masterDown()) {
                    election.lapsed(now);
                } else if (now >= nextAdvert) {
                    say(Intent.HOLD, election.settings().interval() / 4, now);
                }
            }
        }
    }

    private void claiming(long late, long now) {
        if (now >= settleUntil && tooLate(late)) {
            // Answers may have come and gone unheard.
            settleFrom(now);
        } else if (now >= settleUntil && stands(now)) {
            prepare(now);
        } else if (now >= claimed + election.listener().masterDown()
                || now >= settleUntil && !insistent()) {
            election.listener().leaveHolderAlone(now);
            election.leave(TransitionReason.NOT_RELEASED, "", Election.Farewell.NONE, now);
        } else if (now >= nextAdvert) {
            final long settle = election.settings().settle();
            say(Intent.CLAIM, now < settleUntil ? settle / 2 : 4 * settle, now);
        }
    }

    private boolean tooLate(long late) {
        return late > election.settings().settle() / 2;
    }

    private void say(Intent intent, long again, long now) {
        nextAdvert = now + again;
        election.advertise(intent, now);
    }

    /// Whether a holder that does not release is asked again.
    private boolean insistent() {
        return why == TransitionReason.PREEMPTING || why == TransitionReason.ADMINISTRATOR;
    }

    /// When the claim stands, if nothing more is heard.
    private long opensAt() {
        return election.settings().follows() || election.has(ElectionBug.PREEMPT_WITHOUT_RELEASE)
                ? settleUntil
                : rivals.ownUntil(settleUntil);
    }

    private boolean stands(long now) {
        return now >= opensAt();
    }

    /// @param late how long after the deadline: more may wait to be heard than this
    void heard(Advert advert, IpAddress source, long late, long now) {
        if (Election.left(advert)) {
            if (step == Step.CLAIMING && now >= settleUntil && !tooLate(late) && stands(now)) {
                prepare(now);
            }
            return;
        }
        final Trailer trailer = advert.trailer();
        final boolean holds = trailer == null || trailer.intent() == Intent.HOLD;
        final boolean byEpoch = !(holds && insistent());
        if (election.standing(now).yieldsTo(advert, source, byEpoch, election.effects())) {
            election.leave(
                    TransitionReason.BETTER_ADVERT, source.toString(), Election.Farewell.NONE, now);
            election.listener().heardPaceOf(advert, now);
        } else if (now - election.lastAdvertAt() >= election.settings().settle() / 4) {
            election.advertise(opening() ? Intent.HOLD : Intent.CLAIM, now);
        }
    }

    private void prepare(long now) {
        final ElectionSettings settings = election.settings();
        if (!settings.follows()) {
            open(now);
            return;
        }
        step = Step.PREPARING;
        promotionDeadline = now + settings.promotionTimeout();
        nextAdvert = now + settings.interval();
        election.effects().beginPromotion(why);
        if (election.has(ElectionBug.OPEN_WITHOUT_PROMOTION)) {
            open(now);
        }
    }

    /// The guard opens when this advert is on the wire.
    void open(long now) {
        step = Step.OPENING;
        opened = now;
        say(Intent.HOLD, election.settings().interval() / 4, now);
    }
}
