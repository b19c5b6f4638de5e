package dev.hast.core.address;

import org.jspecify.annotations.Nullable;

/// One advert, without what the codec makes (checksum and digests).
///
/// @param vhid 1 to 255
/// @param advbase seconds, 0 to 255
/// @param advskew in 1/256 s, 0 to 255
/// @param demote OpenBSD's demote count, 0 from anybody else
/// @param counter opaque
/// @param trailer null in a plain CARP advert
public record Advert(
        int vhid, int advbase, int advskew, int demote, long counter, @Nullable Trailer trailer) {

    static final int BOW_OUT = 255;

    public Advert {
        if (vhid < 1 || vhid > 255) {
            throw new IllegalArgumentException("a vhid is 1 to 255, not " + vhid);
        }
        if ((advbase | advskew | demote) >>> 8 != 0) {
            throw new IllegalArgumentException("advbase, advskew and demote have one byte each");
        }
    }

    /// Whether the sender leaves: whoever is next may take over at once.
    public boolean bowOut() {
        return advbase == BOW_OUT && advskew == BOW_OUT;
    }

    /// The interval that it stands for, in 1/256 s: the smaller, the better.
    public int pace() {
        return advbase << 8 | advskew;
    }
}
