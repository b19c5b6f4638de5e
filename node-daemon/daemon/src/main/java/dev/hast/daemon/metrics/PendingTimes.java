package dev.hast.daemon.metrics;

import java.util.Arrays;

/// When each of many things under way was begun. Makes no garbage once it is large enough; one
/// thread.
///
/// Numbers may be any but -1. Beginning one again forgets its earlier time.
public final class PendingTimes {

    private static final int FIRST_SIZE = 64;

    // A number plus one; 0 is free. Open addressing.
    private long[] keys = new long[FIRST_SIZE];
    private long[] values = new long[FIRST_SIZE];
    private int size;

    /// @param value a time, or whatever the caller makes of it; not 0
    public void begin(long number, long value) {
        if (size * 2 >= keys.length) {
            grow();
        }
        final long key = number + 1;
        int at = slot(key);
        while (keys[at] != 0 && keys[at] != key) {
            at = at + 1 & keys.length - 1;
        }
        if (keys[at] == 0) {
            size++;
        }
        keys[at] = key;
        values[at] = value;
    }

    /// What it was begun with, or 0 if it was not; forgets it.
    public long end(long number) {
        final long key = number + 1;
        int at = slot(key);
        while (keys[at] != key) {
            if (keys[at] == 0) {
                return 0;
            }
            at = at + 1 & keys.length - 1;
        }
        final long value = values[at];
        remove(at);
        return value;
    }

    /// How many are under way.
    public int size() {
        return size;
    }

    public void clear() {
        Arrays.fill(keys, 0);
        size = 0;
    }

    /// What collided with the one that goes, and so stands behind it, moves up.
    private void remove(int removed) {
        int hole = removed;
        int at = hole + 1 & keys.length - 1;
        while (keys[at] != 0) {
            final int home = slot(keys[at]);
            if ((at - home & keys.length - 1) >= (at - hole & keys.length - 1)) {
                keys[hole] = keys[at];
                values[hole] = values[at];
                hole = at;
            }
            at = at + 1 & keys.length - 1;
        }
        keys[hole] = 0;
        size--;
    }

    private int slot(long key) {
        final long mixed = key * 0x9e3779b97f4a7c15L;
        return (int) (mixed >>> 32) & keys.length - 1;
    }

    private void grow() {
        final long[] oldKeys = keys;
        final long[] oldValues = values;
        keys = new long[oldKeys.length * 2];
        values = new long[oldKeys.length * 2];
        size = 0;
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != 0) {
                begin(oldKeys[i] - 1, oldValues[i]);
            }
        }
    }
}
