package dev.hast.core.replication;

/// Bytes earned at a rate, kept up to a bound, and spent: a token bucket.
final class Allowance {

    private static final double SECOND = 1e9;

    private double bytes;
    private long earnedAt = Peer.NEVER;

    void earn(long now, double perSecond, double atMost) {
        if (earnedAt != Peer.NEVER) {
            bytes += (now - earnedAt) / SECOND * perSecond;
        }
        earnedAt = now;
        bytes = Math.min(bytes, atMost);
    }

    void spend(long spent) {
        bytes -= spent;
    }

    double bytes() {
        return bytes;
    }

    /// The largest piece of whole chunks, `wanted` at most, that is earned; 0 when none is.
    int within(int wanted) {
        return (int) (Math.min(wanted, Math.max(bytes, 0)) / Replica.CHUNK_BYTES)
                * Replica.CHUNK_BYTES;
    }
}
