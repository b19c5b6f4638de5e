package dev.hast.core.replication;

import java.util.Arrays;

/// How long things took, counted in steps of a fifth: enough to compare two quantiles, at the price
/// of one addition for each thing and no allocation.
final class Latencies {

    /// Steps in which a time doubles.
    private static final int STEPS = 4;

    private static final int SHORTEST_BITS = 10;
    private static final int DOUBLINGS = 26;

    private final int[] counts = new int[STEPS * DOUBLINGS];
    private int total;

    void add(long nanos) {
        counts[step(nanos)]++;
        total++;
    }

    int total() {
        return total;
    }

    /// The middle of the step in which the quantile lies, in nanoseconds; 0 when nothing is known.
    double quantile(double part) {
        long left = (long) Math.ceil(part * total);
        for (int step = 0; step < counts.length; step++) {
            left -= counts[step];
            if (left <= 0 && total > 0) {
                return (STEPS + step % STEPS + 0.5)
                        / STEPS
                        * (1L << (SHORTEST_BITS + step / STEPS));
            }
        }
        return 0;
    }

    /// Halves the weight of what was seen so far.
    void fade() {
        total = 0;
        for (int step = 0; step < counts.length; step++) {
            counts[step] /= 2;
            total += counts[step];
        }
    }

    void clear() {
        Arrays.fill(counts, 0);
        total = 0;
    }

    private static int step(long nanos) {
        final long time = Math.max(nanos, 1L << SHORTEST_BITS);
        final int bits = 63 - Long.numberOfLeadingZeros(time);
        final int part = (int) (time >> (bits - 2)) & (STEPS - 1);
        return Math.min((bits - SHORTEST_BITS) * STEPS + part, STEPS * DOUBLINGS - 1);
    }
}
