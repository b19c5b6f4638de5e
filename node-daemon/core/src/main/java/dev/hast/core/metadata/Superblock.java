package dev.hast.core.metadata;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.ResourceId;
import org.jspecify.annotations.Nullable;

/// The root of a replica's metadata. Each change is written to two pages, one after the other, so
/// that neither a torn write nor the rot of one page can bring an older epoch back. The newer sound
/// copy counts.
///
/// @param sequence counts the changes of this record
/// @param formatId random, drawn when the provider was made; ties the map pages to this superblock
/// @param name the resource's name, so that a provider tells whose it is
/// @param resource [ResourceId#NONE] on a blank replica
/// @param configuration the newest configuration seen; null on a blank replica
/// @param dataReign the reign, and `dataEpoch` the epoch, in which the data was last in sync. Where
///   the reign is 0 it never was, or the copy was given up; then `dataEpoch` is another number each
///   time that this was so
/// @param incarnation the memory that was here when this was written
/// @param clean whether the replica was left in an orderly way: everything flushed, nothing in
///   flight
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
    public static Superblock blank(
            long formatId, String name, String node, int extentBytes, MetadataLayout layout) {
        return new Superblock(
                1,
                formatId,
                name,
                node,
                extentBytes,
                layout.mapPages(),
                ResourceId.NONE,
                null,
                0,
                0,
                0,
                true);
    }

    public MetadataLayout layout() {
        return new MetadataLayout(mapPages);
    }

    public Superblock withSequence(long next) {
        return new Superblock(
                next,
                formatId,
                name,
                node,
                extentBytes,
                mapPages,
                resource,
                configuration,
                dataReign,
                dataEpoch,
                incarnation,
                clean);
    }

    /// Another configuration was seen; the data is as it was.
    public Superblock withConfiguration(@Nullable Configuration next) {
        return new Superblock(
                sequence,
                formatId,
                name,
                node,
                extentBytes,
                mapPages,
                next == null ? resource : next.resource(),
                next,
                dataReign,
                dataEpoch,
                incarnation,
                clean);
    }

    /// The copy counts for nothing.
    ///
    /// @param mark drawn for it: who has begun to bring the replica back sees that it was given up
    ///   meanwhile
    public Superblock withoutData(long mark) {
        return withData(0, mark);
    }

    /// The data is in sync in `epoch` of `reign`.
    public Superblock withData(long reign, long epoch) {
        return new Superblock(
                sequence,
                formatId,
                name,
                node,
                extentBytes,
                mapPages,
                resource,
                configuration,
                reign,
                epoch,
                incarnation,
                clean);
    }

    /// The memory that is here, and whether the replica is left in an orderly way.
    public Superblock withIncarnation(long next, boolean cleanNow) {
        return new Superblock(
                sequence,
                formatId,
                name,
                node,
                extentBytes,
                mapPages,
                resource,
                configuration,
                dataReign,
                dataEpoch,
                next,
                cleanNow);
    }
}
