package dev.hast.core.replication;

import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.metadata.MetadataLayout;
import dev.hast.core.metadata.StoredReplica;
import dev.hast.core.volume.ExtentMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/// The activity log and the dirty maps of one replica, in memory and on disk.
///
/// Rules, all of them local to the replica:
/// - Before a write is applied, its extents are in the activity log *on disk*, and in the dirty map
///   *on disk* of every member that is out of the in-sync set (S3). Until then the operation is
///   parked here.
/// - An extent leaves the activity log only when every write to it has been confirmed by all and
///   then flushed here. So after a crash the log names every extent in which this replica may
///   differ from another (S7, S14).
///
/// The log of a primary holds at most `capacity` extents, those that it inherited aside. When it is
/// full, an eighth of it is made free at once, the longest unused first, so that one flush pays for
/// many. A secondary takes what it is sent, and makes room afterwards: it learns that writes are
/// confirmed in their order, so one that waited for room could hold back the very ones that have
/// it.
final class ExtentLog {

    private static final int NONE = -1;
    private static final int CAPACITY_LEAST = 8;

    private final int extentBytes;
    private final Effects effects;
    private final Completions completions;
    private final Consumer<Operation> ready;
    private final Consumer<String> failed;

    private final MapPages pages;
    private final List<Operation> parked = new ArrayList<>();

    /// What the log held at the start, and what was in flight when it was dropped or shadowed: this
    /// replica may differ from others there until it is settled or brought back, so until then
    /// these extents stay. Each is held once, however many writes it stands for: between two joins
    /// there may be any number of broken links.
    ///
    /// They are in no list: they are not candidates for leaving, and there may be very many.
    private final ExtentMap inherited;

    private int inheritedCount;

    private final int capacity;
    private int[] entryOf = new int[0];
    private int[] extentOf = new int[0];
    private int[] users = new int[0];
    private long[] usedAt = new long[0];
    private int[] newer = new int[0];
    private int[] older = new int[0];
    private int newest = NONE;
    private int oldest = NONE;
    private int free = NONE;
    private int active;
    private long stamp;
    private long flushedStamp;
    private boolean evicting;
    private boolean closed;

    ExtentLog(
            StoredReplica stored,
            int capacity,
            Effects effects,
            Completions completions,
            Consumer<Operation> ready,
            Consumer<String> failed) {
        this.extentBytes = stored.superblock().extentBytes();
        this.effects = effects;
        this.completions = completions;
        this.ready = ready;
        this.failed = failed;
        this.pages = new MapPages(stored, effects, completions, this::retryParked, failed);
        inherited = new ExtentMap(log().extents());
        this.capacity = Math.max(capacity, CAPACITY_LEAST);
        for (int extent = log().next(0); extent >= 0; extent = log().next(extent + 1)) {
            final int entry = insert(extent);
            users[entry]++;
            inherit(extent);
        }
    }

    private ExtentMap log() {
        return pages.log();
    }

    int extentBytes() {
        return extentBytes;
    }

    int firstExtent(long offset) {
        return (int) (offset / extentBytes);
    }

    int lastExtent(long offset, int length) {
        return (int) ((offset + length - 1) / extentBytes);
    }

    ExtentMap dirty(int slot) {
        return pages.dirty(slot);
    }

    long[] activity() {
        return log().toWords();
    }

    int activeExtents() {
        return active;
    }

    long updates() {
        return pages.updates();
    }

    // --- writes ---

    /// Prepares the extents of a write: calls `ready`, now or later.
    ///
    /// @param absent slots whose dirty maps must have the extents
    void prepare(Operation operation, ReplicaSet absent) {
        operation.absent = absent.mask();
        if (!operation.logged && !enter(operation)) {
            parked.add(operation);
            evict();
            return;
        }
        markDirty(operation.offset, operation.length, absent);
        pages.writePages();
        if (isDurable(operation, absent) || effects.has(Bug.LOG_AFTER_WRITE)) {
            ready.accept(operation);
        } else {
            parked.add(operation);
        }
    }

    /// Takes an operation that is not ready yet out of the queue; says whether it was there.
    boolean forget(Operation operation) {
        return parked.remove(operation);
    }

    /// As [#prepare], but does not wait for room.
    void admit(Operation operation, ReplicaSet absent) {
        hold(operation.offset, operation.length);
        operation.logged = true;
        prepare(operation, absent);
        if (active - inheritedCount > capacity) {
            evict();
        }
    }

    private boolean isDurable(Operation operation, ReplicaSet absent) {
        return pages.isDurable(
                firstExtent(operation.offset),
                lastExtent(operation.offset, operation.length),
                absent);
    }

    private boolean enter(Operation operation) {
        final int first = firstExtent(operation.offset);
        final int last = lastExtent(operation.offset, operation.length);
        int missing = 0;
        for (int extent = first; extent <= last; extent++) {
            missing += entryOf(extent) == NONE ? 1 : 0;
        }
        final int leavable = active - inheritedCount;
        if (leavable > 0 && leavable + missing > capacity) {
            return false;
        }
        hold(operation.offset, operation.length);
        operation.logged = true;
        return true;
    }

    /// The extents of a range are in use until [#done].
    void hold(long offset, int length) {
        for (int extent = firstExtent(offset); extent <= lastExtent(offset, length); extent++) {
            int entry = entryOf(extent);
            if (entry == NONE) {
                entry = insert(extent);
            } else if (entry != newest && !inherited.get(extent)) {
                unlink(entry);
                linkNewest(entry);
            }
            users[entry]++;
            if (log().set(extent)) {
                pages.changed(MetadataLayout.ACTIVITY_LOG, extent);
            }
        }
    }

    /// A held range is confirmed by all; a flush after this makes its extents free to leave.
    void done(long offset, int length) {
        stamp++;
        for (int extent = firstExtent(offset); extent <= lastExtent(offset, length); extent++) {
            release(extent);
        }
        if (!parked.isEmpty()) {
            evict();
        }
    }

    private void release(int extent) {
        final int entry = entryOf(extent);
        if (entry == NONE || users[entry] == 0) {
            throw new IllegalStateException("extent " + extent + " is not held");
        }
        users[entry]--;
        usedAt[entry] = stamp;
    }

    /// The extents that were in the log at the start are equal everywhere now; they may leave after
    /// the next flush.
    void settled() {
        stamp++;
        for (int extent = inherited.next(0); extent >= 0; extent = inherited.next(extent + 1)) {
            linkNewest(entryOf(extent));
            release(extent);
        }
        inherited.clearAll();
        inheritedCount = 0;
        if (!parked.isEmpty()) {
            evict();
        }
    }

    /// A held range may differ from what others hold: it stays until [#settled].
    void keep(long offset, int length) {
        for (int extent = firstExtent(offset); extent <= lastExtent(offset, length); extent++) {
            if (inherited.get(extent)) {
                release(extent);
            } else {
                inherit(extent);
            }
        }
    }

    private void inherit(int extent) {
        unlink(entryOf(extent));
        inherited.set(extent);
        inheritedCount++;
    }

    void markDirty(long offset, int length, ReplicaSet absent) {
        if (absent.isEmpty()) {
            return;
        }
        for (int slot = 0; slot < ReplicaSet.SLOTS; slot++) {
            if (!absent.contains(slot)) {
                continue;
            }
            for (int extent = firstExtent(offset); extent <= lastExtent(offset, length); extent++) {
                if (dirty(slot).set(extent)) {
                    pages.changed(MetadataLayout.dirtyMap(slot), extent);
                }
            }
        }
    }

    /// What `slot` lacks is what these words say, and what is known already.
    void addDirty(int slot, long[] words) {
        dirty(slot).addAll(words);
        pages.changedAll(MetadataLayout.dirtyMap(slot));
    }

    void setAllDirty(int slot) {
        dirty(slot).setAll();
        pages.changedAll(MetadataLayout.dirtyMap(slot));
    }

    /// `slot` has everything again. Written with the next page writes; a stale page only means that
    /// more is compared than needed.
    void clearDirty(int slot) {
        if (!dirty(slot).isEmpty()) {
            dirty(slot).clearAll();
            pages.changedAll(MetadataLayout.dirtyMap(slot));
        }
        pages.writePages();
    }

    /// As [MapPages#whenDurable].
    void whenDurable(Runnable then) {
        pages.whenDurable(then);
    }

    /// The volume has grown or its size is known now.
    void resize(long volumeBytes) {
        final int extents = (int) Math.ceilDiv(volumeBytes, extentBytes);
        if (extents > pages.extentsMax()) {
            throw new IllegalStateException(volumeBytes + " bytes do not fit the maps");
        }
        ensureIndex(extents - 1);
    }

    /// A flush that was asked for at `startedAt` ([#stamp]) is done.
    void flushed(long startedAt) {
        flushedStamp = Math.max(flushedStamp, startedAt);
    }

    long stamp() {
        return stamp;
    }

    void close() {
        closed = true;
        parked.clear();
        pages.close();
    }

    // --- eviction ---

    private void evict() {
        if (evicting || closed) {
            return;
        }
        boolean flushNeeded = false;
        int candidates = 0;
        final int over = Math.max(0, active - inheritedCount - capacity);
        final int wanted = over + Math.max(1, capacity / 8);
        for (int entry = oldest; entry != NONE && candidates < wanted; entry = newer[entry]) {
            if (users[entry] == 0) {
                candidates++;
                flushNeeded |= usedAt[entry] > flushedStamp;
            }
        }
        if (candidates == 0) {
            return;
        }
        if (!flushNeeded || effects.has(Bug.LOG_WITHOUT_FLUSH)) {
            removeOldest(wanted, effects.has(Bug.LOG_WITHOUT_FLUSH) ? stamp : flushedStamp);
            return;
        }
        evicting = true;
        final long startedAt = stamp;
        effects.flush(
                completions.io(result -> {
                    evicting = false;
                    if (result < 0) {
                        failed.accept("flush of the provider failed with errno " + -result);
                        return;
                    }
                    flushed(startedAt);
                    removeOldest(wanted, startedAt);
                }));
    }

    private void removeOldest(int wanted, long upTo) {
        int left = wanted;
        for (int entry = oldest; entry != NONE && left > 0; ) {
            final int next = newer[entry];
            if (users[entry] == 0 && usedAt[entry] <= upTo) {
                remove(entry);
                left--;
            }
            entry = next;
        }
        retryParked();
    }

    private void remove(int entry) {
        final int extent = extentOf[entry];
        unlink(entry);
        entryOf[extent] = NONE;
        older[entry] = free;
        free = entry;
        active--;
        if (log().clear(extent)) {
            pages.changed(MetadataLayout.ACTIVITY_LOG, extent);
        }
    }

    private int insert(int extent) {
        if (free == NONE) {
            growEntries();
        }
        ensureIndex(extent);
        final int entry = free;
        free = older[entry];
        extentOf[entry] = extent;
        users[entry] = 0;
        usedAt[entry] = stamp;
        entryOf[extent] = entry;
        linkNewest(entry);
        active++;
        return entry;
    }

    private void growEntries() {
        final int before = extentOf.length;
        final int after = Math.max(capacity, before * 2);
        extentOf = Arrays.copyOf(extentOf, after);
        users = Arrays.copyOf(users, after);
        usedAt = Arrays.copyOf(usedAt, after);
        newer = Arrays.copyOf(newer, after);
        older = Arrays.copyOf(older, after);
        for (int entry = after - 1; entry >= before; entry--) {
            older[entry] = free;
            free = entry;
        }
    }

    private int entryOf(int extent) {
        return extent < entryOf.length ? entryOf[extent] : NONE;
    }

    private void ensureIndex(int extent) {
        if (extent >= entryOf.length) {
            final int before = entryOf.length;
            entryOf = Arrays.copyOf(entryOf, Math.max(extent + 1, before * 2));
            Arrays.fill(entryOf, before, entryOf.length, NONE);
        }
    }

    private void linkNewest(int entry) {
        older[entry] = newest;
        newer[entry] = NONE;
        if (newest != NONE) {
            newer[newest] = entry;
        } else {
            oldest = entry;
        }
        newest = entry;
    }

    private void unlink(int entry) {
        if (newer[entry] != NONE) {
            older[newer[entry]] = older[entry];
        } else {
            newest = older[entry];
        }
        if (older[entry] != NONE) {
            newer[older[entry]] = newer[entry];
        } else {
            oldest = newer[entry];
        }
    }

    private void retryParked() {
        if (parked.isEmpty()) {
            return;
        }
        final List<Operation> retry = new ArrayList<>(parked);
        parked.clear();
        for (Operation operation : retry) {
            prepare(operation, new ReplicaSet(operation.absent));
        }
    }
}
