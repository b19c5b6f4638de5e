package dev.hast.simulator.world;

import dev.hast.core.metadata.MetadataLayout;
import dev.hast.core.metadata.StoredReplica;
import dev.hast.core.metadata.Superblock;
import dev.hast.core.metadata.SuperblockCodec;
import dev.hast.core.metadata.UnsupportedFormatException;
import dev.hast.simulator.kernel.RandomSource;
import dev.hast.simulator.kernel.Violation;

/// The metadata pages of one disk, as real bytes. A page is on the medium when its write completes,
/// and may be torn when power is cut before.
public final class MetadataPages {

    private static final int PAGE = MetadataLayout.PAGE_BYTES;

    private final byte[] area;

    public MetadataPages(Superblock blank) {
        area = StoredReplica.format(blank);
    }

    public void write(int page, byte[] content) {
        Violation.unless(
                content.length == PAGE && page >= 0 && (page + 1) * PAGE <= area.length,
                "metadata in its place",
                "page %d of %d bytes",
                page,
                content.length);
        System.arraycopy(content, 0, area, page * PAGE, PAGE);
    }

    /// Power goes while the page is on its way: each of its sectors is old or new.
    public void tear(int page, byte[] content, RandomSource random) {
        for (int at = 0; at < PAGE; at += SectorStore.SECTOR_BYTES) {
            if (random.chance(0.5)) {
                System.arraycopy(content, at, area, page * PAGE + at, SectorStore.SECTOR_BYTES);
            }
        }
    }

    /// A page lands where another belongs. The two superblocks never suffer together: nothing could
    /// survive that.
    public void misdirect(byte[] content, RandomSource random) {
        write(pageToHurt(random), content);
    }

    public int rot(RandomSource random) {
        final int page = pageToHurt(random);
        area[page * PAGE + random.below(PAGE)] ^= (byte) (1 << random.below(8));
        return page;
    }

    private int pageToHurt(RandomSource random) {
        final int pages = area.length / PAGE;
        if (random.chance(0.2) && superblock(0) && superblock(1)) {
            return random.below(MetadataLayout.SUPERBLOCKS);
        }
        return random.between(MetadataLayout.SUPERBLOCKS, pages - 1);
    }

    private boolean superblock(int copy) {
        final byte[] page = new byte[PAGE];
        System.arraycopy(area, copy * PAGE, page, 0, PAGE);
        try {
            return SuperblockCodec.decode(page, copy).isPresent();
        } catch (UnsupportedFormatException e) {
            throw new IllegalStateException(e);
        }
    }

    /// What a starting process reads.
    public StoredReplica read() {
        try {
            final Superblock newest =
                    StoredReplica.superblock(area)
                            .orElseThrow(() ->
                                    new Violation(
                                            "metadata survives", "neither superblock is sound"));
            return StoredReplica.read(newest, area);
        } catch (UnsupportedFormatException e) {
            throw new Violation("metadata survives", String.valueOf(e.getMessage()));
        }
    }
}
