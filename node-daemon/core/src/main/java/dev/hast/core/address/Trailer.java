package dev.hast.core.address;

/// What our own nodes say beyond CARP; layout in docs/reference/carp.md.
///
/// @param promoted an administrator promoted the sender
/// @param intervalMicros the sender's advertisement interval, 1 to 2^32 - 1
/// @param sender the node's number, the same over restarts
/// @param sequence one more with each advert, over restarts too; unsigned
/// @param epoch of the followed resources if they are primary at the sender, else 0; unsigned
public record Trailer(
        Intent intent,
        boolean promoted,
        long intervalMicros,
        long sender,
        long sequence,
        long epoch) {

    static final long INTERVAL_MAX = 0xffff_ffffL;

    public Trailer {
        if (intervalMicros < 1 || intervalMicros > INTERVAL_MAX) {
            throw new IllegalArgumentException("interval of " + intervalMicros + " µs");
        }
    }

    /// In nanoseconds.
    public long interval() {
        return intervalMicros * 1_000;
    }
}
