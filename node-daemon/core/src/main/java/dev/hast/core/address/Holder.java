package dev.hast.core.address;

/// What an election does in MASTER: advertises, and keeps its guard.
final class Holder {

    private final Election election;

    private long guardUntil;
    private long nextAdvert;
    private long announcedAt;

    /// What is followed is primary here, in this epoch, until then.
    private long epoch;

    private long entitledUntil = Long.MIN_VALUE;

    Holder(Election election) {
        this.election = election;
    }

    void entitle(long newEpoch, long until) {
        epoch = newEpoch;
        entitledUntil = until;
    }

    long epoch(long now) {
        return election.settings().follows() && entitledUntil > now ? epoch : 0;
    }

    long deadline() {
        return election.has(ElectionBug.LATE_WAKE_GOES_ON)
                ? nextAdvert
                : Math.min(nextAdvert, guardUntil);
    }

    long guardUntil() {
        return guardUntil;
    }

    void tick(long now) {
        if (now >= nextAdvert) {
            election.advertise(Intent.HOLD, now);
        }
    }

    void advertised(long now) {
        nextAdvert = now + election.settings().advertEvery(election.skew());
    }

    void sendAgainSoon(long sentAt) {
        nextAdvert =
                Math.min(nextAdvert, sentAt + election.settings().advertEvery(election.skew()) / 4);
    }

    /// The first advert is on the wire. Whether there is still time to open.
    boolean open(long sentAt, long now) {
        extend(sentAt);
        if (guardUntil <= now) {
            return false;
        }
        election.effects().openGuard(guardUntil);
        return true;
    }

    void announce(long now) {
        announcedAt = now;
        election.effects().announce();
    }

    /// An advert is on the wire.
    void renew(long sentAt, long now) {
        extend(sentAt);
        if (guardUntil <= now) {
            lapse(now);
        } else if (election.has(ElectionBug.LATE_WAKE_GOES_ON)) {
            election.effects().openGuard(guardUntil);
        } else {
            election.effects().renewGuard(guardUntil);
        }
    }

    private void extend(long sentAt) {
        guardUntil = guardEnd(sentAt);
        // An entitlement may end before the next advert would be due; near its end adverts do not
        // come thicker and thicker.
        final long soonest = election.settings().interval() / 16;
        nextAdvert =
                Math.min(nextAdvert, sentAt + Math.max(soonest, (guardUntil - sentAt) * 2 / 3));
    }

    private long guardEnd(long sentAt) {
        final ElectionSettings settings = election.settings();
        final long lasts =
                election.has(ElectionBug.GUARD_TOO_LONG)
                        ? 4 * settings.interval()
                        : settings.guard();
        return settings.follows() && !election.has(ElectionBug.ENTITLEMENT_IGNORED)
                ? Math.min(sentAt + lasts, entitlementEnd())
                : sentAt + lasts;
    }

    private long entitlementEnd() {
        return entitledUntil - election.settings().kernelLateness();
    }

    void heard(Advert advert, IpAddress source, long now) {
        final ElectionSettings settings = election.settings();
        final Trailer trailer = advert.trailer();
        final boolean claims = trailer != null && trailer.intent() == Intent.CLAIM;
        if (Election.left(advert)) {
            announceAgain(now);
            return;
        }
        final boolean mayYield = !settings.follows() || trailer != null && !claims;
        if (mayYield && election.standing(now).yieldsTo(advert, source, true, election.effects())) {
            election.yieldTo(advert, source, now);
            return;
        }
        if (now - election.lastAdvertAt() >= settings.settle() / 4) {
            election.advertise(Intent.HOLD, now);
        }
        // Who claims may have held before, and announced, without having been heard.
        if (now - announcedAt >= settings.interval() / 4) {
            announceAgain(now);
        }
    }

    private void announceAgain(long now) {
        if (!election.has(ElectionBug.NO_ANNOUNCE)) {
            announce(now);
        }
    }

    /// The guard has run out, by the clock: nothing is renewed any more.
    void lapse(long now) {
        if (election.settings().follows() && now >= entitlementEnd()) {
            election.leave(
                    TransitionReason.ENTITLEMENT_LOST,
                    "it ran out",
                    Election.Farewell.BOW_OUT,
                    now);
        } else if (!election.has(ElectionBug.LATE_WAKE_GOES_ON)) {
            election.lapsed(now);
        }
    }
}
