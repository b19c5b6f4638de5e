package dev.hast.daemon.metrics;

/// How long something took, in buckets from 25 µs to 10 s. Recording makes no garbage.
///
/// Written by one thread; may be read by another, which then sees a moment that is approximately
/// one.
public final class LatencyHistogram {

    private static final long[] BOUNDS_NANOS = {
        25_000L,
        50_000L,
        100_000L,
        250_000L,
        500_000L,
        1_000_000L,
        2_500_000L,
        5_000_000L,
        10_000_000L,
        25_000_000L,
        50_000_000L,
        100_000_000L,
        250_000_000L,
        500_000_000L,
        1_000_000_000L,
        2_500_000_000L,
        5_000_000_000L,
        10_000_000_000L
    };

    private final long[] counts = new long[BOUNDS_NANOS.length + 1];
    private long sumNanos;

    public void record(long nanos) {
        int bucket = 0;
        while (bucket < BOUNDS_NANOS.length && nanos > BOUNDS_NANOS[bucket]) {
            bucket++;
        }
        counts[bucket]++;
        sumNanos += Math.max(0, nanos);
    }

    /// Buckets without the last, which has no bound.
    static int bounds() {
        return BOUNDS_NANOS.length;
    }

    static double boundSeconds(int bucket) {
        return BOUNDS_NANOS[bucket] / 1e9;
    }

    long count(int bucket) {
        return counts[bucket];
    }

    double sumSeconds() {
        return sumNanos / 1e9;
    }
}
