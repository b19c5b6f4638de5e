package dev.hast.core.address;

import java.util.List;

/// What an election is told by its document, and the times that follow from it. May be replaced
/// while it runs ([Election#settings]), except vhid, follows and sender.
///
/// Times are nanoseconds of the node's own monotonic clock; formulas and their proof are in
/// docs/reference/carp.md.
///
/// @param vhid 1 to 255
/// @param advbase 1 to 255 seconds
/// @param advskew 0 to 254
/// @param advertisementInterval between our own nodes, at least [#INTERVAL_MIN]; 0: advbase
/// @param preempt whether a worse holder is relieved
/// @param preemptDelay how long a node that has just come back leaves a worse holder alone
/// @param follows whether resources are promoted before the guard opens
/// @param extension whether adverts carry a trailer; without it our own nodes treat each other as
///   plain CARP peers do
/// @param promotionTimeout after which a promotion has failed
/// @param yieldTimeout after which taking down has failed
/// @param kernelLateness how late the kernel may let a guard run out
/// @param sender this node's number, the same over restarts and different on each node
/// @param own this node's source addresses on the interface, for ties with plain peers
public record ElectionSettings(
        int vhid,
        int advbase,
        int advskew,
        long advertisementInterval,
        boolean preempt,
        long preemptDelay,
        boolean follows,
        boolean extension,
        long promotionTimeout,
        long yieldTimeout,
        long kernelLateness,
        long sender,
        List<IpAddress> own) {

    static final long MILLISECOND = 1_000_000L;
    static final long SECOND = 1_000_000_000L;

    public static final long INTERVAL_MIN = 20 * MILLISECOND;

    /// A skew of this many is one interval.
    static final int SKEW_UNITS = 256;

    /// No demotion makes the skew larger.
    static final int SKEW_MAX = 240;

    /// The clocks of two nodes run apart by two of these at most: one part in so many each.
    public static final int DRIFT_DIVISOR = 100;

    private static final int DOWN_INTERVALS = 3;
    private static final long HOLD_OFF_MAX = 30 * SECOND;

    public ElectionSettings {
        own = List.copyOf(own);
        check(vhid >= 1 && vhid <= 255, "a vhid is 1 to 255, not " + vhid);
        check(advbase >= 1 && advbase <= 255, "advbase is 1 to 255 seconds, not " + advbase);
        check(advskew >= 0 && advskew <= 254, "advskew is 0 to 254, not " + advskew);
        check(
                advertisementInterval == 0
                        || advertisementInterval >= INTERVAL_MIN
                                && advertisementInterval <= 255 * SECOND,
                "advertisementInterval is 20 ms to 255 s");
        check(
                advertisementInterval == 0 || extension,
                "advertisementInterval needs the trailer: without it nobody can tell it");
        check(
                preemptDelay >= 0
                        && promotionTimeout > 0
                        && yieldTimeout > 0
                        && kernelLateness >= 0,
                "a time is negative");
        final long interval = advertisementInterval > 0 ? advertisementInterval : advbase * SECOND;
        check(
                guardOf(interval, kernelLateness) * 4 >= interval * 5,
                "the kernel closes a guard too late for an advertisementInterval of %d ms; take a longer one"
                        .formatted(interval / MILLISECOND));
    }

    /// The defaults of the product for a node.
    public static ElectionSettings defaults(int vhid, int advskew, long sender) {
        return new ElectionSettings(
                vhid,
                1,
                advskew,
                0,
                false,
                0,
                false,
                true,
                60 * SECOND,
                60 * SECOND,
                30 * MILLISECOND,
                sender,
                List.of());
    }

    private static void check(boolean holds, String message) {
        if (!holds) {
            throw new IllegalArgumentException(message);
        }
    }

    /// *I*.
    public long interval() {
        return advertisementInterval > 0 ? advertisementInterval : advbase * SECOND;
    }

    /// *G*: how long the guard lasts after an advert.
    public long guard() {
        return guardOf(interval(), kernelLateness);
    }

    private static long guardOf(long interval, long lateness) {
        final long downAtPeer =
                DOWN_INTERVALS * interval / (DRIFT_DIVISOR + 1) * DRIFT_DIVISOR - lateness;
        return Math.min(interval * 5 / 2, downAtPeer / DRIFT_DIVISOR * (DRIFT_DIVISOR - 1));
    }

    /// *T*ad.
    public long advertEvery(int skew) {
        return Math.min(interval() + interval() * skew / SKEW_UNITS, guard() * 2 / 3);
    }

    /// *T*md after an advert whose sender advertises each `heard`.
    public long masterDown(long heard, int skew) {
        final long interval = Math.max(interval(), heard);
        return DOWN_INTERVALS * interval + interval * skew / SKEW_UNITS;
    }

    /// *T*md while nothing is known of a sender but that it speaks CARP, or nothing at all.
    public long plainMasterDown(int skew) {
        return masterDown(advbase * SECOND, skew);
    }

    /// How long a holder that advertised now, each `heard`, may answer without another advert.
    long holdsFor(long heard) {
        return DOWN_INTERVALS * Math.max(interval(), heard);
    }

    /// *Δ*: twice what an advert takes to another node's election.
    public long settle() {
        return Math.clamp(interval() / 20, 2 * MILLISECOND, 10 * MILLISECOND);
    }

    /// After the n-th promotion in a row that failed.
    long holdOff(int failures, int skew) {
        final long first = masterDown(0, skew);
        return Math.max(first, Math.min(HOLD_OFF_MAX, first << Math.min(failures - 1, 16)));
    }
}
