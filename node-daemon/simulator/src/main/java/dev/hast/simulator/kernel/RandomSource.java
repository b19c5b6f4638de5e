package dev.hast.simulator.kernel;

import java.util.List;

/// SplitMix64, written out here so that a seed means the same on every JDK.
///
/// Parts of the world each take a stream of their own by [#split], so that one more draw in one
/// part leaves the others' as they were.
public final class RandomSource {

    private static final long GOLDEN_GAMMA = 0x9e3779b97f4a7c15L;

    private long state;

    public RandomSource(long seed) {
        this.state = mix(seed + GOLDEN_GAMMA);
    }

    public static long mix(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
        z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
        return z ^ (z >>> 31);
    }

    public long nextLong() {
        state += GOLDEN_GAMMA;
        return mix(state);
    }

    public RandomSource split() {
        return new RandomSource(nextLong());
    }

    /// From 0 up to and without `bound`.
    public int below(int bound) {
        return (int) (((nextLong() >>> 32) * bound) >>> 32);
    }

    /// From `low` up to and with `high`.
    public int between(int low, int high) {
        return low + below(high - low + 1);
    }

    public long between(long low, long high) {
        return low + Long.remainderUnsigned(nextLong(), high - low + 1);
    }

    /// From 0 up to and without 1.
    public double fraction() {
        return (nextLong() >>> 11) * 0x1.0p-53;
    }

    public boolean chance(double probability) {
        return fraction() < probability;
    }

    public <T> T pick(List<T> from) {
        return from.get(below(from.size()));
    }

    /// Exponential: the time to the next of events that come every `mean` on average, at most eight
    /// times that.
    public long untilNext(long mean) {
        return (long) (mean * Math.min(8.0, -StrictMath.log(1.0 - fraction()))) + 1;
    }

    /// A duration near `typical`: a half to one and a half of it, and now and then up to ten times.
    public long duration(long typical) {
        final long near = between(typical / 2, typical + typical / 2);
        return chance(0.02) ? near + between(0L, typical * 9) : near;
    }
}
