package dev.hast.core.address;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The highest sequence seen of each sender. Asked only about adverts whose signature is right.
final class ReplayFilter {

    /// The copies of one advert come within this.
    private static final long COPIES_WITHIN = 500_000_000L;

    /// Signed by a key of ours, so hardly ever reached.
    private static final int SENDERS_MAX = 64;

    private record Seen(long sequence, long at) {}

    private final Map<Long, Seen> senders = new TreeMap<>();

    /// Why the advert is refused, or null; then it is the newest of its sender.
    @Nullable AdvertRefusal judge(Trailer trailer, long now) {
        final Seen seen = senders.get(trailer.sender());
        if (seen != null) {
            final int order = Long.compareUnsigned(trailer.sequence(), seen.sequence);
            if (order == 0 && now - seen.at <= COPIES_WITHIN) {
                return AdvertRefusal.DUPLICATE;
            }
            if (order <= 0) {
                return AdvertRefusal.REPLAY;
            }
        } else if (senders.size() >= SENDERS_MAX) {
            forgetOldest();
        }
        senders.put(trailer.sender(), new Seen(trailer.sequence(), now));
        return null;
    }

    void restore(Map<Long, Long> sequences, long now) {
        sequences.forEach((sender, sequence) -> {
            if (senders.size() < SENDERS_MAX) {
                // Not a copy of anything: the same sequence again is a replay.
                senders.put(sender, new Seen(sequence, now - COPIES_WITHIN - 1));
            }
        });
    }

    Map<Long, Long> sequences() {
        final Map<Long, Long> sequences = new TreeMap<>();
        senders.forEach((sender, seen) -> sequences.put(sender, seen.sequence));
        return sequences;
    }

    private void forgetOldest() {
        long oldest = 0;
        long at = Long.MAX_VALUE;
        for (Map.Entry<Long, Seen> entry : senders.entrySet()) {
            if (entry.getValue().at < at) {
                at = entry.getValue().at;
                oldest = entry.getKey();
            }
        }
        senders.remove(oldest);
    }
}
