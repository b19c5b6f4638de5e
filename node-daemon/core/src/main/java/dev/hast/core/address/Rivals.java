package dev.hast.core.address;

import java.util.Map;
import java.util.TreeMap;

/// Which other nodes hold the address, as far as this one has heard, and until when they may answer
/// without another advert.
final class Rivals {

    /// Beyond this the one that runs out first is forgotten; adverts are signed or at least
    /// digested by a password.
    private static final int MOST = 64;

    /// An own node by its number, a plain one by its address.
    private record Name(boolean own, boolean six, long high, long low) implements Comparable<Name> {

        static Name of(Advert advert, IpAddress source) {
            final Trailer trailer = advert.trailer();
            return trailer == null
                    ? new Name(false, source.six(), source.high(), source.low())
                    : new Name(true, false, 0, trailer.sender());
        }

        @Override
        public int compareTo(Name other) {
            int order = Boolean.compare(own, other.own);
            order = order != 0 ? order : Boolean.compare(six, other.six);
            order = order != 0 ? order : Long.compare(high, other.high);
            return order != 0 ? order : Long.compare(low, other.low);
        }
    }

    private final Map<Name, Long> until = new TreeMap<>();

    void heard(Advert advert, IpAddress source, ElectionSettings settings, long now) {
        final Name name = Name.of(advert, source);
        final Trailer trailer = advert.trailer();
        final boolean holds =
                !advert.bowOut() && (trailer == null || trailer.intent() == Intent.HOLD);
        if (!holds) {
            until.remove(name);
            return;
        }
        final long heard =
                trailer == null ? settings.advbase() * ElectionSettings.SECOND : trailer.interval();
        until.put(name, now + settings.holdsFor(heard));
        if (until.size() > MOST) {
            until.values().remove(until.values().stream().min(Long::compare).orElse(now));
        }
    }

    int count(long now) {
        return (int) until.values().stream().filter(end -> end > now).count();
    }

    /// Until when a holder of ours that has not released may answer; `now` if there is none.
    long ownUntil(long now) {
        long latest = now;
        for (Map.Entry<Name, Long> entry : until.entrySet()) {
            if (entry.getKey().own) {
                latest = Math.max(latest, entry.getValue());
            }
        }
        return latest;
    }

    /// The same of any holder.
    long until(long now) {
        long latest = now;
        for (long end : until.values()) {
            latest = Math.max(latest, end);
        }
        return latest;
    }
}
