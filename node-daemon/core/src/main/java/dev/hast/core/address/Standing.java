package dev.hast.core.address;

import java.util.List;

/// How this node compares itself with the senders of adverts: epoch, then promotion by an
/// administrator, then pace, then number or address (docs/reference/carp.md, "Who is better").
///
/// @param skew the effective one
/// @param epoch 0 unless entitled
record Standing(
        int advbase, int skew, boolean promoted, long epoch, long sender, List<IpAddress> own) {

    int pace() {
        return advbase << 8 | skew;
    }

    /// Whether the sender is better, or equal and first by number or address.
    boolean yieldsTo(Advert advert, IpAddress source, boolean byEpoch, Faults faults) {
        final Trailer trailer = advert.trailer();
        if (trailer != null) {
            final int newer = Long.compareUnsigned(trailer.epoch(), epoch);
            if (byEpoch && newer != 0) {
                return newer > 0;
            }
            if (trailer.promoted() != promoted) {
                return trailer.promoted();
            }
        }
        if (advert.pace() != pace()) {
            return advert.pace() < pace();
        }
        if (faults.has(ElectionBug.NO_TIE_BREAK)) {
            return false;
        }
        return trailer != null
                ? Long.compareUnsigned(trailer.sender(), sender) < 0
                : precedes(source);
    }

    /// Whether the sender is worse for certain: equal ones leave each other alone.
    boolean relieves(Advert advert) {
        final Trailer trailer = advert.trailer();
        if (trailer != null && trailer.promoted() != promoted) {
            return promoted;
        }
        return advert.pace() > pace();
    }

    private boolean precedes(IpAddress source) {
        for (IpAddress address : own) {
            if (address.six() == source.six()) {
                return source.compareFromLastByte(address) < 0;
            }
        }
        return true;
    }
}
