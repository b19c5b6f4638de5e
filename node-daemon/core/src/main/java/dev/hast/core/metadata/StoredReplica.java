package dev.hast.core.metadata;

import dev.hast.core.volume.ExtentMap;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// The metadata area of a provider, read back.
///
/// @param maps [MetadataLayout#MAPS] maps of [MetadataLayout#extentsMax] extents; a page that was
///   not sound has all its extents set
/// @param damagedPages how many map pages were not sound
public record StoredReplica(Superblock superblock, List<ExtentMap> maps, int damagedPages) {

    public StoredReplica {
        maps = List.copyOf(maps);
    }

    /// The newer sound superblock of the first two pages; empty when there is none: the provider is
    /// not ours.
    public static Optional<Superblock> superblock(byte[] area) throws UnsupportedFormatException {
        @Nullable Superblock newest = null;
        for (int copy = 0; copy < MetadataLayout.SUPERBLOCKS; copy++) {
            final Optional<Superblock> found = SuperblockCodec.decode(page(area, copy), copy);
            if (found.isPresent()
                    && (newest == null || found.get().sequence() > newest.sequence())) {
                newest = found.get();
            }
        }
        return Optional.ofNullable(newest);
    }

    /// Reads the whole area, `superblock.layout().pages()` pages.
    public static StoredReplica read(Superblock superblock, byte[] area) {
        final MetadataLayout layout = superblock.layout();
        final List<ExtentMap> maps =
                IntStream.range(0, MetadataLayout.MAPS)
                        .mapToObj(map -> new ExtentMap(layout.extentsMax()))
                        .toList();
        int damaged = 0;
        for (int map = 0; map < MetadataLayout.MAPS; map++) {
            for (int page = 0; page < layout.mapPages(); page++) {
                final Optional<long[]> words =
                        MapPage.decode(
                                page(area, layout.page(map, page)),
                                superblock.formatId(),
                                map,
                                page);
                damaged += words.isPresent() ? 0 : 1;
                for (int word = 0; word < MapPage.WORDS; word++) {
                    final long bits = words.isPresent() ? words.get()[word] : -1L;
                    for (long left = bits; left != 0; left &= left - 1) {
                        maps.get(map)
                                .set(
                                        page * MapPage.EXTENTS
                                                + word * 64
                                                + Long.numberOfTrailingZeros(left));
                    }
                }
            }
        }
        return new StoredReplica(superblock, maps, damaged);
    }

    /// The metadata area of a new provider: blank, all maps empty.
    public static byte[] format(Superblock blank) {
        final MetadataLayout layout = blank.layout();
        final byte[] area = new byte[layout.pages() * MetadataLayout.PAGE_BYTES];
        for (int copy = 0; copy < MetadataLayout.SUPERBLOCKS; copy++) {
            put(area, copy, SuperblockCodec.encode(blank, copy));
        }
        for (int map = 0; map < MetadataLayout.MAPS; map++) {
            for (int page = 0; page < layout.mapPages(); page++) {
                put(
                        area,
                        layout.page(map, page),
                        MapPage.encode(blank.formatId(), map, page, new long[MapPage.WORDS]));
            }
        }
        return area;
    }

    private static void put(byte[] area, int page, byte[] bytes) {
        System.arraycopy(bytes, 0, area, page * MetadataLayout.PAGE_BYTES, bytes.length);
    }

    private static byte[] page(byte[] area, int page) {
        return Arrays.copyOfRange(
                area, page * MetadataLayout.PAGE_BYTES, (page + 1) * MetadataLayout.PAGE_BYTES);
    }
}
