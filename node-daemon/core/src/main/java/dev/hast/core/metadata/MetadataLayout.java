package dev.hast.core.metadata;

import dev.hast.core.configuration.ReplicaSet;

/// Where the metadata pages lie on a provider, and where the volume's data begins.
///
/// Page 0 and 1 are the superblock's two copies, then follow `mapPages` pages of the activity log
/// and `mapPages` pages for the dirty map of each slot. Data begins at the next full MiB.
///
/// @param mapPages pages of one map; fixed when the provider is made, so it bounds how far a volume
///   can grow
public record MetadataLayout(int mapPages) {

    public static final int PAGE_BYTES = 4096;
    public static final int SUPERBLOCKS = 2;

    /// The activity log's number among the maps; the dirty map of slot `s` is `1 + s`.
    public static final int ACTIVITY_LOG = 0;

    public static final int MAPS = 1 + ReplicaSet.SLOTS;

    private static final long ALIGNMENT = 1 << 20;

    public MetadataLayout {
        if (mapPages < 1 || mapPages > 1 << 16) {
            throw new IllegalArgumentException("1 to 65536 pages a map, not " + mapPages);
        }
    }

    /// Room for a volume sixteen times as large as `volumeBytes`, and for 512 GiB at least at 2 MiB
    /// an extent.
    public static MetadataLayout forVolume(long volumeBytes, int extentBytes) {
        final long extents = Math.ceilDiv(volumeBytes, extentBytes);
        return new MetadataLayout((int) Math.max(8, Math.ceilDiv(extents * 16, MapPage.EXTENTS)));
    }

    public static int dirtyMap(int slot) {
        return 1 + slot;
    }

    public int page(int map, int page) {
        return SUPERBLOCKS + map * mapPages + page;
    }

    public int pages() {
        return SUPERBLOCKS + MAPS * mapPages;
    }

    public int extentsMax() {
        return (int) Math.min(Integer.MAX_VALUE, (long) mapPages * MapPage.EXTENTS);
    }

    /// The byte of the provider where the volume's first byte is.
    public long dataOffset() {
        return Math.ceilDiv((long) pages() * PAGE_BYTES, ALIGNMENT) * ALIGNMENT;
    }

    /// The byte of the provider where a metadata page is.
    public static long offset(int page) {
        return (long) page * PAGE_BYTES;
    }
}
