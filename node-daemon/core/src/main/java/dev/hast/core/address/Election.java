package dev.hast.core.address;

// Longer than 400 lines because every event of the machine comes in here; what each state does with
// it is elsewhere.

/// Who holds the addresses of one group, as one node sees it: a deterministic, single-threaded
/// machine. The states, timers and rules are in docs/reference/carp.md.
///
/// Every `now` is in nanoseconds of one monotonic clock and never goes back. The owner calls
/// [#tick] at [#deadline], and hands over the adverts that wait in its sockets before that. Nothing
/// is thrown for what comes from the network.
///
/// Events, and what ends a state, are here; what is done in one is in [Listener], [Candidate] and
/// [Holder].
public final class Election {

    private final ElectionEffects effects;
    private final Adverts adverts;
    private final Demotions demotions = new Demotions();
    private final Rivals rivals = new Rivals();
    private final Listener listener;
    private final Candidate candidate;
    private final Holder holder;
    private ElectionSettings settings;

    private ElectionState state = ElectionState.INIT;
    private TransitionReason reason = TransitionReason.STOPPED;
    private long since;

    private boolean started;
    private boolean heldBack;
    private boolean linkUp = true;

    /// Taking down failed; nothing is tried until it is known to be done.
    private boolean stuck;

    private boolean promoted;

    private long yieldDeadline;

    /// @param counter random, of plain CARP
    /// @param sequence more than this node has ever used: milliseconds of the wall clock shifted
    ///   left by 20, or what was kept if that is more
    public Election(
            ElectionSettings settings, long counter, long sequence, ElectionEffects effects) {
        this.settings = settings;
        this.effects = effects;
        adverts = new Adverts(effects, counter, sequence);
        listener = new Listener(this, rivals);
        candidate = new Candidate(this, rivals);
        holder = new Holder(this);
    }

    // --- life ---

    public void start(long now) {
        started = true;
        if (state == ElectionState.INIT || state == ElectionState.FAULT) {
            rest(TransitionReason.INITIALIZED, "", now);
        }
    }

    /// An orderly end; where resources are followed it has ended when the state is INIT.
    public void stop(long now) {
        started = false;
        withdraw(TransitionReason.STOPPED, now);
    }

    /// The document changed.
    public void settings(ElectionSettings newSettings, long now) {
        settings = newSettings;
        if (state == ElectionState.MASTER) {
            advertise(Intent.HOLD, now);
        }
    }

    /// The timers: when [#tick] is due at the latest, [Long#MAX_VALUE] for never.
    public long deadline() {
        return switch (state) {
            case INIT, FAULT -> Long.MAX_VALUE;
            case BACKUP -> listener.deadline();
            case PROMOTING -> candidate.deadline();
            case MASTER -> holder.deadline();
            case YIELDING -> yieldDeadline;
        };
    }

    public void tick(long now) {
        final long late = now - Math.min(now, deadline());
        wake(now);
        switch (state) {
            case INIT, FAULT -> {}
            case BACKUP -> listener.tick(now);
            case PROMOTING -> candidate.tick(late, now);
            case MASTER -> holder.tick(now);
            case YIELDING -> {
                if (now >= yieldDeadline) {
                    yieldFailed("it took too long", now);
                }
            }
        }
    }

    // --- the segment ---

    /// An advert that [AdvertReader] accepted.
    public void received(Advert advert, IpAddress source, long now) {
        final long late = now - Math.min(now, deadline());
        wake(now);
        rivals.heard(advert, source, settings, now);
        switch (state) {
            case INIT, FAULT, YIELDING -> {}
            case BACKUP -> listener.heard(advert, now);
            case PROMOTING -> candidate.heard(advert, source, late, now);
            case MASTER -> holder.heard(advert, source, now);
        }
    }

    /// The result of [ElectionEffects#send].
    public void sent(long token, boolean ok, long now) {
        final Adverts.Pending sent = adverts.take(token);
        demotion(
                DemotionSource.SEND_ERRORS,
                adverts.failing(ok) ? ElectionSettings.SKEW_MAX : 0,
                now);
        if (sent != null && sent.intent() == Intent.CLAIM && !ok) {
            candidate.claimNotSent(now);
        }
        if (sent == null || sent.intent() != Intent.HOLD) {
            return;
        }
        if (!ok && !has(ElectionBug.RENEW_WITHOUT_ADVERT)) {
            holder.sendAgainSoon(sent.at());
            return;
        }
        wake(now);
        if (state == ElectionState.MASTER) {
            holder.renew(sent.at(), now);
        } else if (state == ElectionState.PROMOTING
                && candidate.opening()
                && holder.open(sent.at(), now)) {
            listener.succeeded();
            change(ElectionState.MASTER, TransitionReason.CLAIM_STANDS, "", now);
            holder.announce(now);
        }
    }

    /// The kernel refused to open or renew the guard, or it had run out.
    public void guardRefused(String cause, long now) {
        if (state == ElectionState.MASTER) {
            leave(TransitionReason.GUARD_REFUSED, cause, Farewell.BOW_OUT, now);
            listener.holdOff(now);
        }
    }

    public void linkUp(long now) {
        linkUp = true;
        if (state == ElectionState.FAULT) {
            rest(TransitionReason.LINK_UP, "", now);
        }
    }

    public void linkDown(String cause, long now) {
        linkUp = false;
        switch (state) {
            case MASTER, PROMOTING -> leave(TransitionReason.LINK_DOWN, cause, Farewell.NONE, now);
            case INIT, BACKUP -> rest(TransitionReason.LINK_DOWN, cause, now);
            case FAULT, YIELDING -> {}
        }
    }

    // --- followed resources ---

    /// All followed resources are primary here in this epoch, until then unless this is said again.
    /// Also when nobody asked for it.
    public void entitled(long newEpoch, long until, long now) {
        holder.entitle(newEpoch, until);
        if (state == ElectionState.BACKUP && settings.follows() && listener.mayClaim(now)) {
            candidate.claim(TransitionReason.ENTITLED, now);
        }
    }

    public void entitlementLost(String cause, long now) {
        if (has(ElectionBug.ENTITLEMENT_IGNORED)) {
            return;
        }
        holder.entitle(0, now);
        if (settings.follows()
                && (state == ElectionState.MASTER
                        || state == ElectionState.PROMOTING && candidate.opening())) {
            leave(TransitionReason.ENTITLEMENT_LOST, cause, Farewell.BOW_OUT, now);
        }
    }

    /// Storage hands the followed resources over to another node: the address leaves first.
    public void handOver(String to, long now) {
        if (state == ElectionState.MASTER || state == ElectionState.PROMOTING) {
            leave(TransitionReason.HAND_OVER, to, Farewell.RELEASE, now);
        }
    }

    public void promotionDone(long newEpoch, long until, long now) {
        wake(now);
        if (state == ElectionState.PROMOTING && candidate.preparing()) {
            holder.entitle(newEpoch, until);
            candidate.open(now);
        }
    }

    public void promotionFailed(String cause, long now) {
        if (state == ElectionState.PROMOTING && candidate.preparing()) {
            leave(TransitionReason.PROMOTION_FAILED, cause, Farewell.BOW_OUT, now);
            listener.holdOff(now);
        }
    }

    public void yieldDone(long now) {
        if (state == ElectionState.YIELDING || stuck) {
            stuck = false;
            rest(TransitionReason.YIELD_DONE, "", now);
        }
    }

    public void yieldFailed(String cause, long now) {
        if (state == ElectionState.YIELDING) {
            stuck = true;
            rest(TransitionReason.YIELD_FAILED, cause, now);
        }
    }

    // --- people and probes ---

    /// Sets what one source adds to advskew; 0 takes it away.
    public void demotion(DemotionSource source, int points, long now) {
        if (demotions.set(source, points) && state == ElectionState.MASTER) {
            advertise(Intent.HOLD, now);
        }
    }

    /// Takes no part until [#release].
    public void hold(long now) {
        heldBack = true;
        withdraw(TransitionReason.ADMINISTRATOR, now);
    }

    public void release(long now) {
        heldBack = false;
        demotion(DemotionSource.ADMINISTRATOR, 0, now);
        if (state == ElectionState.INIT) {
            rest(TransitionReason.ADMINISTRATOR, "", now);
        }
    }

    /// Leaves, and is worse from now on; the address comes back if nobody else takes it.
    public void demote(long now) {
        demotions.set(DemotionSource.ADMINISTRATOR, ElectionSettings.SKEW_MAX);
        if (state == ElectionState.MASTER || state == ElectionState.PROMOTING) {
            leave(TransitionReason.ADMINISTRATOR, "", Farewell.BOW_OUT, now);
        }
    }

    /// Claims the address over any skew, as soon as this node has listened long enough. False if it
    /// takes no part now.
    public boolean promote(long now) {
        if (state == ElectionState.INIT
                || state == ElectionState.FAULT
                || state == ElectionState.YIELDING) {
            return false;
        }
        promoted = true;
        demotion(DemotionSource.ADMINISTRATOR, 0, now);
        if (state == ElectionState.BACKUP) {
            listener.tick(now);
        } else if (state == ElectionState.MASTER) {
            advertise(Intent.HOLD, now);
        }
        return true;
    }

    public ElectionStatus status(long now) {
        return new ElectionStatus(
                state,
                since,
                reason,
                skew(),
                demotions.points(),
                heldBack,
                promoted,
                holder.epoch(now),
                holder.guardUntil(),
                rivals.count(now),
                deadline());
    }

    /// Looks at the clock before anything else: what was due long ago is not done any more.
    private void wake(long now) {
        if (state == ElectionState.MASTER && now >= holder.guardUntil()) {
            holder.lapse(now);
        } else if (now - Math.min(now, deadline()) > settings.guard()
                && (state == ElectionState.BACKUP || state == ElectionState.PROMOTING)) {
            if (state == ElectionState.PROMOTING) {
                leave(TransitionReason.LATE_LOOP, "", Farewell.NONE, now);
            }
            listener.only(now);
        }
    }

    // --- leaving ---

    /// What the segment is told.
    enum Farewell {
        NONE,
        /// It has been told already, and the guard is closed.
        SAID,
        RELEASE,
        BOW_OUT
    }

    private void withdraw(TransitionReason why, long now) {
        switch (state) {
            case MASTER, PROMOTING -> leave(why, "", Farewell.BOW_OUT, now);
            case BACKUP -> rest(why, "", now);
            case INIT, YIELDING, FAULT -> {}
        }
    }

    /// From MASTER or PROMOTING: closes, says so, and takes down what was promoted.
    void leave(TransitionReason why, String detail, Farewell farewell, long now) {
        if (state == ElectionState.MASTER && farewell != Farewell.SAID) {
            effects.closeGuard();
        }
        final boolean undo =
                settings.follows() && (state == ElectionState.MASTER || candidate.begun());
        if (!has(ElectionBug.SILENT_LEAVE)) {
            switch (farewell) {
                case NONE, SAID -> {}
                case RELEASE -> adverts.release(settings, standing(now), 0, now);
                case BOW_OUT -> adverts.bowOut(settings, standing(now), now);
            }
        }
        promoted = false;
        if (undo) {
            yieldDeadline = now + settings.yieldTimeout();
            change(ElectionState.YIELDING, why, detail, now);
            effects.beginYield(why);
        } else {
            rest(why, detail, now);
        }
    }

    /// To where a node belongs that neither holds nor claims.
    private void rest(TransitionReason why, String detail, long now) {
        promoted = false;
        if (!linkUp || stuck) {
            change(ElectionState.FAULT, why, detail, now);
            return;
        }
        final boolean fresh = state == ElectionState.INIT || state == ElectionState.FAULT;
        if (fresh || !started || heldBack) {
            change(ElectionState.INIT, why, detail, now);
        }
        if (!started || heldBack) {
            return;
        }
        if (fresh) {
            listener.begin(now);
        }
        change(ElectionState.BACKUP, why, detail, now);
        listener.again(now);
    }

    // --- for its parts ---

    static boolean left(Advert advert) {
        final Trailer trailer = advert.trailer();
        return advert.bowOut() || trailer != null && trailer.intent() == Intent.RELEASE;
    }

    void claim(TransitionReason why, long now) {
        candidate.claim(why, now);
    }

    /// One more advert, by which the better node knows that it may open and has to announce again.
    void yieldTo(Advert advert, IpAddress source, long now) {
        effects.closeGuard();
        adverts.release(settings, standing(now), advert.pace(), now);
        leave(TransitionReason.BETTER_ADVERT, source.toString(), Farewell.SAID, now);
        listener.heardPaceOf(advert, now);
    }

    /// From MASTER, the guard having run out.
    void lapsed(long now) {
        leave(
                adverts.lastFailed() ? TransitionReason.SEND_FAILED : TransitionReason.LATE_LOOP,
                "",
                Farewell.NONE,
                now);
        listener.only(now);
    }

    void change(ElectionState next, TransitionReason why, String detail, long now) {
        if (next == state) {
            return;
        }
        final ElectionState before = state;
        state = next;
        reason = why;
        since = now;
        effects.transition(before, next, why, detail);
    }

    void advertise(Intent intent, long now) {
        holder.advertised(now);
        adverts.send(intent, settings, standing(now), now);
    }

    Listener listener() {
        return listener;
    }

    long lastAdvertAt() {
        return adverts.lastAt();
    }

    Standing standing(long now) {
        return new Standing(
                settings.advbase(),
                skew(),
                promoted,
                holder.epoch(now),
                settings.sender(),
                settings.own());
    }

    ElectionSettings settings() {
        return settings;
    }

    ElectionEffects effects() {
        return effects;
    }

    boolean has(ElectionBug bug) {
        return effects.has(bug);
    }

    boolean promoted() {
        return promoted;
    }

    int skew() {
        if (promoted) {
            return 0;
        }
        return has(ElectionBug.DEMOTION_IGNORED)
                ? Math.min(settings.advskew(), ElectionSettings.SKEW_MAX)
                : demotions.skew(settings.advskew());
    }
}
