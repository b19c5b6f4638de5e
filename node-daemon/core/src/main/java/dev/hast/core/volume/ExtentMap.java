package dev.hast.core.volume;

import java.util.Arrays;

/// A set of extents, one bit each. Not thread-safe.
public final class ExtentMap {

    private final int extents;
    private final long[] words;

    public ExtentMap(int extents) {
        this.extents = extents;
        this.words = new long[(extents + 63) >>> 6];
    }

    public int extents() {
        return extents;
    }

    public boolean get(int extent) {
        return (words[extent >>> 6] & (1L << extent)) != 0;
    }

    /// Adds an extent; says whether it is new.
    public boolean set(int extent) {
        check(extent);
        final long before = words[extent >>> 6];
        words[extent >>> 6] = before | (1L << extent);
        return words[extent >>> 6] != before;
    }

    public boolean clear(int extent) {
        check(extent);
        final long before = words[extent >>> 6];
        words[extent >>> 6] = before & ~(1L << extent);
        return words[extent >>> 6] != before;
    }

    public void setAll() {
        Arrays.fill(words, -1L);
        if ((extents & 63) != 0) {
            words[words.length - 1] = (1L << (extents & 63)) - 1;
        }
    }

    public void clearAll() {
        Arrays.fill(words, 0);
    }

    /// Adds what `other` holds; words beyond this map's extents are ignored.
    public void addAll(long[] other) {
        for (int i = 0; i < Math.min(words.length, other.length); i++) {
            words[i] |= other[i];
        }
        if ((extents & 63) != 0) {
            words[words.length - 1] &= (1L << (extents & 63)) - 1;
        }
    }

    /// The first extent at or after `from`, or -1.
    public int next(int from) {
        if (from >= extents) {
            return -1;
        }
        int at = from >>> 6;
        long word = words[at] & (-1L << from);
        while (word == 0) {
            if (++at == words.length) {
                return -1;
            }
            word = words[at];
        }
        return (at << 6) + Long.numberOfTrailingZeros(word);
    }

    public int count() {
        int count = 0;
        for (long word : words) {
            count += Long.bitCount(word);
        }
        return count;
    }

    public boolean isEmpty() {
        return next(0) < 0;
    }

    /// A copy of the bits, extent 0 first.
    public long[] toWords() {
        return words.clone();
    }

    /// Takes over a run of words: bits that are zero in `source` are cleared, and with `add` the
    /// others are set.
    public void assign(int from, long[] source, boolean add) {
        for (int i = 0; i < source.length && from + i < words.length; i++) {
            words[from + i] = add ? source[i] : words[from + i] & source[i];
        }
    }

    /// Copies `count` words from word `from` on; what lies beyond the map is zero.
    public void copyTo(long[] target, int from, int count) {
        final int available = Math.max(0, Math.min(count, words.length - from));
        if (available > 0) {
            System.arraycopy(words, from, target, 0, available);
        }
        Arrays.fill(target, available, count, 0);
    }

    private void check(int extent) {
        if (extent < 0 || extent >= extents) {
            throw new IndexOutOfBoundsException("extent " + extent + " of " + extents);
        }
    }
}
