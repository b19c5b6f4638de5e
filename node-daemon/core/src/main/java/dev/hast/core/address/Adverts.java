package dev.hast.core.address;

import org.jspecify.annotations.Nullable;

/// Makes and counts the adverts that are sent.
final class Adverts {

    private static final int ERRORS_IN_A_ROW = 3;
    private static final int GOOD_IN_A_ROW = 3;

    /// An advert whose result is owed.
    record Pending(long token, Intent intent, long at) {}

    private final ElectionEffects effects;
    private long counter;
    private long sequence;
    private @Nullable Pending pending;
    private long lastAt;
    private int errors;
    private int goodOnes;
    private boolean failing;

    Adverts(ElectionEffects effects, long counter, long sequence) {
        this.effects = effects;
        this.counter = counter;
        this.sequence = sequence;
    }

    void send(Intent intent, ElectionSettings settings, Standing standing, long now) {
        send(intent, settings, standing, standing.pace(), now);
    }

    /// The last advert of a node that yields. One as good as the better node's would make some
    /// peers yield in turn.
    void release(ElectionSettings settings, Standing standing, int betterPace, long now) {
        final int pace = standing.pace();
        send(Intent.RELEASE, settings, standing, pace == betterPace ? pace + 1 : pace, now);
    }

    void bowOut(ElectionSettings settings, Standing standing, long now) {
        send(Intent.RELEASE, settings, standing, Advert.BOW_OUT << 8 | Advert.BOW_OUT, now);
    }

    private void send(
            Intent intent, ElectionSettings settings, Standing standing, int pace, long now) {
        final Trailer trailer =
                settings.extension()
                        ? new Trailer(
                                intent,
                                standing.promoted(),
                                settings.interval() / 1_000,
                                settings.sender(),
                                ++sequence,
                                standing.epoch())
                        : null;
        counter++;
        lastAt = now;
        pending = new Pending(counter, intent, now);
        effects.send(
                new Advert(settings.vhid(), pace >>> 8, pace & 0xff, 0, counter, trailer), counter);
    }

    /// The advert that was sent last, if it is this one.
    @Nullable Pending take(long token) {
        final Pending last = pending;
        if (last == null || last.token != token) {
            return null;
        }
        pending = null;
        return last;
    }

    /// Whether sends fail now, after this one.
    boolean failing(boolean ok) {
        errors = ok ? 0 : errors + 1;
        goodOnes = ok ? goodOnes + 1 : 0;
        if (errors >= ERRORS_IN_A_ROW) {
            failing = true;
        } else if (goodOnes >= GOOD_IN_A_ROW) {
            failing = false;
        }
        return failing;
    }

    /// Whether the last one failed.
    boolean lastFailed() {
        return errors > 0;
    }

    /// When the last one was made.
    long lastAt() {
        return lastAt;
    }
}
