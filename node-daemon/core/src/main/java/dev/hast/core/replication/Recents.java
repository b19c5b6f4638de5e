package dev.hast.core.replication;

/// The writes that a secondary has received and that are not known to be confirmed by all (S8):
/// above the *all-confirmed watermark*.
///
/// When the primary dies, exactly these may differ between the survivors. A ring of primitive
/// arrays; grows, never shrinks.
final class Recents {

    /// Called with each entry that leaves or is looked at.
    @FunctionalInterface
    interface Visitor {
        void visit(long offset, int length, boolean logged);
    }

    private long[] reigns = new long[256];
    private long[] sequences = new long[256];
    private long[] offsets = new long[256];
    private int[] lengths = new int[256];
    private boolean[] logged = new boolean[256];
    private int head;
    private int size;

    void add(long reign, long sequence, long offset, int length, boolean inLog) {
        if (size == reigns.length) {
            grow();
        }
        final int at = index(size++);
        reigns[at] = reign;
        sequences[at] = sequence;
        offsets[at] = offset;
        lengths[at] = length;
        logged[at] = inLog;
    }

    /// Forgets entries of `reign` up to `watermark`, oldest first.
    void confirmed(long reign, long watermark, Visitor leaving) {
        // Writes of one reign arrive in order but for what is sent again after a broken link, so
        // stop at the first that stays.
        while (size > 0 && reigns[head] == reign && sequences[head] <= watermark) {
            dropHead(leaving);
        }
    }

    void clear(Visitor leaving) {
        while (size > 0) {
            dropHead(leaving);
        }
    }

    /// Forgets the entries of other reigns: what was in flight then is settled.
    void settled(long reign, Visitor leaving) {
        for (int left = size; left > 0; left--) {
            final int at = head;
            head = (head + 1) & (reigns.length - 1);
            size--;
            if (reigns[at] == reign) {
                add(reign, sequences[at], offsets[at], lengths[at], logged[at]);
            } else {
                leaving.visit(offsets[at], lengths[at], logged[at]);
            }
        }
    }

    /// From now on all entries are in the activity log.
    void log(Visitor newlyLogged) {
        for (int i = 0; i < size; i++) {
            final int at = index(i);
            if (!logged[at]) {
                logged[at] = true;
                newlyLogged.visit(offsets[at], lengths[at], true);
            }
        }
    }

    void forEach(Visitor visitor) {
        for (int i = 0; i < size; i++) {
            final int at = index(i);
            visitor.visit(offsets[at], lengths[at], logged[at]);
        }
    }

    /// Pairs of offset and length.
    long[] toRanges() {
        final long[] ranges = new long[size * 2];
        for (int i = 0; i < size; i++) {
            ranges[2 * i] = offsets[index(i)];
            ranges[2 * i + 1] = lengths[index(i)];
        }
        return ranges;
    }

    boolean isEmpty() {
        return size == 0;
    }

    private void dropHead(Visitor leaving) {
        final int at = head;
        head = (head + 1) & (reigns.length - 1);
        size--;
        leaving.visit(offsets[at], lengths[at], logged[at]);
    }

    private int index(int i) {
        return (head + i) & (reigns.length - 1);
    }

    private void grow() {
        final int capacity = reigns.length * 2;
        final long[] newReigns = new long[capacity];
        final long[] newSequences = new long[capacity];
        final long[] newOffsets = new long[capacity];
        final int[] newLengths = new int[capacity];
        final boolean[] newLogged = new boolean[capacity];
        for (int i = 0; i < size; i++) {
            final int at = index(i);
            newReigns[i] = reigns[at];
            newSequences[i] = sequences[at];
            newOffsets[i] = offsets[at];
            newLengths[i] = lengths[at];
            newLogged[i] = logged[at];
        }
        reigns = newReigns;
        sequences = newSequences;
        offsets = newOffsets;
        lengths = newLengths;
        logged = newLogged;
        head = 0;
    }
}
