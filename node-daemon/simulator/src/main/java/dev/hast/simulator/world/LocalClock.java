package dev.hast.simulator.world;

/// A machine's monotonic clock: it begins anywhere, and runs a little fast or slow.
public final class LocalClock {

    private final double rate;
    private long bootedAt;
    private long offset;

    public LocalClock(double rate, long offset) {
        this.rate = rate;
        this.offset = offset;
    }

    /// A machine that boots begins to count anew.
    public void boot(long trueTime, long newOffset) {
        bootedAt = trueTime;
        offset = newOffset;
    }

    public long at(long trueTime) {
        return offset + (long) ((trueTime - bootedAt) * rate);
    }
}
