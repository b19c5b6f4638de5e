package dev.hast.daemon.packet;

import java.time.Duration;

/// When a held address is announced: at once, after 0.1, 0.3, 1.1, 2.2 and 5 seconds, then each
/// minute for as long as it is held; and at once when someone else claims it.
///
/// The burst meets neighbours that missed the first ones or that lock an entry for a second after a
/// change (Linux before 4.12); the minute is a third of what switches remember.
///
/// A pure machine: time comes from the caller, in nanoseconds of a monotonic clock. A caller that
/// is late announces once, not once for each time that it missed.
///
/// Thread: one.
public final class AnnouncementSchedule {
    /// After the beginning, the last one repeated from there on.
    private static final long[] BURST = {
        0, millis(100), millis(300), millis(1_100), millis(2_200), millis(5_000)
    };

    private static final long REPEAT = Duration.ofSeconds(60).toNanos();

    /// Between two announcements that claims ask for: against two holders who shout each other
    /// down.
    private static final long CLAIM_GAP = millis(100);

    private boolean running;
    private long began;
    private int done;
    private long last;
    private long next;

    private static long millis(final long value) {
        return value * 1_000_000;
    }

    /// The address is held from now on; the first announcement is due.
    public void start(final long now) {
        running = true;
        began = now;
        done = 0;
        last = now - CLAIM_GAP;
        next = now;
    }

    /// The address is not held any more.
    public void stop() {
        running = false;
    }

    /// Someone else has claimed the address, or neighbours may have forgotten it (the carrier came
    /// back).
    public void provoked(final long now) {
        if (!running) {
            return;
        }
        final long soonest = last + CLAIM_GAP;
        final long at = now - soonest >= 0 ? now : soonest;
        if (at - next < 0) {
            next = at;
        }
    }

    /// Nanoseconds until [#due] says yes; 0 if it does now, [Long#MAX_VALUE] if never.
    public long remaining(final long now) {
        return running ? Math.max(0, next - now) : Long.MAX_VALUE;
    }

    /// Whether to announce now; says yes once for each time.
    public boolean due(final long now) {
        if (!running || now - next < 0) {
            return false;
        }
        last = now;
        while (done < BURST.length && now - (began + BURST[done]) >= 0) {
            done++;
        }
        next = done < BURST.length ? began + BURST[done] : now + REPEAT;
        return true;
    }
}
