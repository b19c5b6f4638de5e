package dev.hast.core.metadata;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.ResourceId;
import org.jspecify.annotations.Nullable;

/// The root of a replica's metadata. Two copies are written in turn; the newer sound one counts.
///
/// @param sequence counts the writes of this record; copy `sequence % 2` holds it
/// @param formatId random, drawn when the provider was made; ties the map pages to this superblock
/// @param name the resource's name, so that a provider tells whose it is
/// @param resource [ResourceId#NONE] on a blank replica
/// @param configuration the newest configuration seen; null on a blank replica
/// @param dataReign the reign, and `dataEpoch` the epoch, in which the data was last in sync; 0 when it never was
/// @param incarnation the memory that was here when this was written
/// @param clean whether the replica was left in an orderly way: everything flushed, nothing in flight
public record Superblock(
        long sequence,
        long formatId,
        String name,
        String node,
        int extentBytes,
        int mapPages,
        ResourceId resource,
        @Nullable Configuration configuration,
        long dataReign,
        long dataEpoch,
        long incarnation,
        boolean clean) {

    /// What `create` writes.
    public static Superblock blank(long formatId, String name, String node, int extentBytes, MetadataLayout layout) {
        return new Superblock(
                1, formatId, name, node, extentBytes, layout.mapPages(), ResourceId.NONE, null, 0, 0, 0, true);
    }

    public MetadataLayout layout() {
        return new MetadataLayout(mapPages);
    }

    /// The metadata page that this record belongs in.
    public int page() {
        return (int) (sequence % MetadataLayout.SUPERBLOCKS);
    }
}
