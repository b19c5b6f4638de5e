package dev.hast.simulator.world;

import dev.hast.simulator.kernel.RandomSource;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Iterator;

/// The data sectors of one disk, with a volatile write cache over the medium.
///
/// A sector of 512 bytes is the unit that is written whole or not at all. Its content is one
/// number: what it holds is all that matters, and comparing numbers makes a simulated second cheap.
/// 0 is a sector of zeroes.
public final class SectorStore {

    public static final int SECTOR_BYTES = 512;

    /// How many completed writes the cache holds before it writes the oldest back on its own.
    private static final int CACHED_WRITES_MAX = 400;

    private record Cached(long order, int sector, long[] content) {}

    /// What a power cut does to the cache.
    private enum Loss {
        ALL,
        NOTHING,
        /// Each write survives or not.
        WRITES,
        /// Each sector of each write survives or not.
        SECTORS
    }

    private final long[] current;
    private final long[] stable;
    private final long[] stableOrder;
    private final boolean[] unreadable;
    private final ArrayDeque<Cached> cache = new ArrayDeque<>();
    private long order;

    public SectorStore(long bytes) {
        final int sectors = (int) (bytes / SECTOR_BYTES);
        current = new long[sectors];
        stable = new long[sectors];
        stableOrder = new long[sectors];
        unreadable = new boolean[sectors];
    }

    /// What a read sees. Not to be changed.
    public long[] current() {
        return current;
    }

    /// What would be left if the whole cache were lost. Not to be changed.
    public long[] stable() {
        return stable;
    }

    public long order() {
        return order;
    }

    public boolean readable(int sector, int sectors) {
        for (int i = sector; i < sector + sectors; i++) {
            if (unreadable[i]) {
                return false;
            }
        }
        return true;
    }

    public void makeUnreadable(int sector) {
        unreadable[sector] = true;
    }

    public void makeReadable() {
        Arrays.fill(unreadable, false);
    }

    public void read(int sector, long[] target, int sectors) {
        System.arraycopy(current, sector, target, 0, sectors);
    }

    public void write(int sector, long[] content, boolean fua) {
        System.arraycopy(content, 0, current, sector, content.length);
        Arrays.fill(unreadable, sector, sector + content.length, false);
        final Cached write = new Cached(++order, sector, content);
        if (fua) {
            persist(write);
            return;
        }
        cache.addLast(write);
        if (cache.size() > CACHED_WRITES_MAX) {
            persist(cache.removeFirst());
        }
    }

    /// What was written up to `upTo` is on the medium now.
    public void flush(long upTo) {
        for (final Iterator<Cached> all = cache.iterator(); all.hasNext(); ) {
            final Cached write = all.next();
            if (write.order <= upTo) {
                persist(write);
                all.remove();
            }
        }
    }

    public void losePower(RandomSource random) {
        final Loss loss = Loss.values()[random.below(Loss.values().length)];
        for (Cached write : cache) {
            switch (loss) {
                case ALL -> {}
                case NOTHING -> persist(write);
                case WRITES -> {
                    if (random.chance(0.5)) {
                        persist(write);
                    }
                }
                case SECTORS -> persistSome(write, random);
            }
        }
        cache.clear();
        System.arraycopy(stable, 0, current, 0, current.length);
    }

    private void persistSome(Cached write, RandomSource random) {
        for (int i = 0; i < write.content.length; i++) {
            if (random.chance(0.5)) {
                persist(write, i);
            }
        }
    }

    private void persist(Cached write) {
        for (int i = 0; i < write.content.length; i++) {
            persist(write, i);
        }
    }

    private void persist(Cached write, int i) {
        final int sector = write.sector + i;
        if (stableOrder[sector] < write.order) {
            stableOrder[sector] = write.order;
            stable[sector] = write.content[i];
        }
    }
}
