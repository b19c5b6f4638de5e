package dev.hast.simulator.address;

/// A node's monotonic clock: it begins anywhere and runs a little fast or slow.
record NodeClock(double rate, long offset) {

    long at(long trueTime) {
        return offset + (long) (trueTime * rate);
    }

    /// When this clock will show at least `local`.
    long when(long local) {
        return (long) Math.ceil((local - offset) / rate) + 1;
    }

    /// How long a local duration takes.
    long lasts(long local) {
        return (long) (local / rate);
    }
}
