package dev.hast.core.address;

import java.util.EnumMap;
import java.util.Map;

/// How much worse this node is than its advskew, by source.
final class Demotions {

    private final Map<DemotionSource, Integer> points = new EnumMap<>(DemotionSource.class);

    /// Whether that changed anything.
    boolean set(DemotionSource source, int value) {
        final Integer before = value == 0 ? points.remove(source) : points.put(source, value);
        return (before == null ? 0 : before) != value;
    }

    int skew(int advskew) {
        long sum = advskew;
        for (int value : points.values()) {
            sum += value;
        }
        return Math.clamp(sum, 0, ElectionSettings.SKEW_MAX);
    }

    Map<DemotionSource, Integer> points() {
        return new EnumMap<>(points);
    }
}
