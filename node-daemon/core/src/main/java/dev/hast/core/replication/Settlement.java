package dev.hast.core.replication;

import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.volume.ExtentMap;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a new primary does before it serves: makes every member hold the same bytes wherever writes
/// were in flight (S8).
///
/// 1. Every member of the set names its recent writes, those above the all-confirmed watermark. One
///    that does not know them, because its daemon was restarted, names the extents of its activity
///    log.
/// 2. The bytes of this replica go to all members, for the union of these ranges. Either outcome is
///    right for a write that nobody has acknowledged, as long as it is the same everywhere; an
///    acknowledged one is on this replica.
/// 3. A flush on all. Then recent writes are forgotten, and the reign serves.
///
/// A primary without an arbiter that lost its memory first takes the extents of its log from a
/// member that kept its own (S14). A member that goes away meanwhile is taken out of the set as
/// ever, and the settlement goes on without it.
final class Settlement implements Operation.Owner {

    private static final int COPIES_AT_ONCE = 16;
    private static final int COPY_BYTES = 256 << 10;
    private static final long RETRY = 500_000_000L;

    private final ReplicaState state;
    private final PrimaryRole primary;
    private final SecondaryRole secondary;
    private final RangeLocks locks;
    private final Throttle throttle;
    private final Runnable done;

    private final TreeMap<Integer, Message.Recent> recents = new TreeMap<>();

    /// Those that are not done. One that failed stays until its peer has left the set.
    private final List<Comparison> comparisons = new ArrayList<>();

    private final List<Operation> copies = new ArrayList<>();
    private final List<long[]> toCopy = new ArrayList<>();

    /// The loss of memory in this reign was reported.
    private boolean said;

    private boolean running;
    private boolean gathering;
    private boolean pulling;
    private boolean flushing;
    private long startedAt;
    private long bytes;

    Settlement(
            ReplicaState state,
            PrimaryRole primary,
            SecondaryRole secondary,
            RangeLocks locks,
            Throttle throttle,
            Runnable done) {
        this.state = state;
        this.primary = primary;
        this.secondary = secondary;
        this.locks = locks;
        this.throttle = throttle;
        this.done = done;
    }

    void reignBegins() {
        said = false;
        begin();
    }

    private void begin() {
        cancel();
        running = true;
        gathering = true;
        flushing = false;
        startedAt = state.now;
        bytes = 0;
        recents.clear();
        state.peers.forEach(this::ask);
        review();
    }

    /// A member is on the line.
    void ask(Peer peer) {
        if (running && peer.ready() && isMember(peer) && !peer.diverged) {
            if (gathering) {
                state.send(peer, new Message.RecentRequest(state.epoch()));
            } else {
                // It was on the line before, and may have lost what was copied: begin again.
                begin();
            }
        }
    }

    /// Asks a member that was not asked yet, or whose answer was lost with its link.
    void askOnce(Peer peer) {
        if (running && gathering && !recents.containsKey(peer.slot) && state.now >= peer.retryAt) {
            peer.retryAt = state.now + RETRY;
            ask(peer);
        }
    }

    private boolean isMember(Peer peer) {
        return state.configuration != null && state.configuration.inSync().contains(peer.slot);
    }

    void received(Peer peer, Message.Recent recent) {
        final boolean current =
                state.configuration != null
                        && recent.epoch() >= state.configuration.reign().firstEpoch();
        if (running && gathering && current && peer.slot >= 0) {
            peer.heardAt = state.now;
            recents.put(peer.slot, recent);
            review();
        }
    }

    /// The set may have shrunk.
    void review() {
        if (!running || state.configuration == null || !state.settledOnNewest()) {
            return;
        }
        if (gathering) {
            final ReplicaSet others = state.configuration.inSync().minus(state.self());
            for (int slot = 0; slot < ReplicaSet.SLOTS; slot++) {
                if (others.contains(slot) && !recents.containsKey(slot)) {
                    return;
                }
            }
            gathering = false;
            gathered(others);
        } else {
            dropCopiesOfTheGone();
            if (dropComparisonsWithTheGone()) {
                begin();
            } else {
                goOn();
            }
        }
    }

    private void gathered(ReplicaSet others) {
        final Peer keeper = state.memoryLost ? keeper() : null;
        if (keeper != null) {
            pull(keeper);
        } else {
            if (state.memoryLost && !said) {
                said = true;
                state.effects.report(new Report.PromotedWithoutMemory(state.epoch()));
            }
            push(others);
        }
    }

    private @Nullable Peer keeper() {
        for (Peer peer : state.peers) {
            if (isMember(peer) && peer.ready() && !peer.lost) {
                return peer;
            }
        }
        return null;
    }

    private void pull(Peer keeper) {
        final ExtentMap suspects = suspects(state.extents.activity());
        pulling = true;
        compare(keeper, Comparison.Direction.PULL, suspects);
    }

    private void push(ReplicaSet others) {
        long[] extents = secondary.suspectExtents();
        final List<long[]> all = new ArrayList<>();
        all.add(secondary.recentRanges());
        for (Message.Recent recent : recents.values()) {
            all.add(recent.ranges());
            extents = union(extents, recent.extents());
        }
        for (Peer peer : state.peers) {
            if (others.contains(peer.slot)) {
                primary.resume(peer);
            }
        }
        if (others.isEmpty()) {
            goOn();
            return;
        }
        for (long[] ranges : all) {
            for (int i = 0; i < ranges.length; i += 2) {
                addCopies(ranges[i], ranges[i + 1]);
            }
        }
        if (extents.length > 0) {
            for (Peer peer : state.peers) {
                if (others.contains(peer.slot)) {
                    compare(peer, Comparison.Direction.PUSH, suspects(extents));
                }
            }
        }
        goOn();
    }

    private void addCopies(long offset, long length) {
        final long end = Math.min(offset + length, state.size());
        for (long at = Math.max(0, offset); at < end; at += COPY_BYTES) {
            toCopy.add(new long[] {at, Math.min(COPY_BYTES, end - at)});
        }
    }

    private ExtentMap suspects(long[] words) {
        final ExtentMap map =
                new ExtentMap((int) Math.ceilDiv(state.size(), state.extents.extentBytes()));
        map.addAll(words);
        return map;
    }

    private static long[] union(long[] one, long[] other) {
        final long[] all = one.length >= other.length ? one.clone() : other.clone();
        final long[] shorter = one.length >= other.length ? other : one;
        for (int i = 0; i < shorter.length; i++) {
            all[i] |= shorter[i];
        }
        return all;
    }

    private void compare(Peer peer, Comparison.Direction direction, ExtentMap extents) {
        final Comparison comparison =
                new Comparison(
                        state,
                        primary,
                        locks,
                        peer,
                        direction,
                        extents,
                        throttle,
                        new Comparison.Listener() {
                            @Override
                            public void compared() {
                                comparisons.removeIf(one -> one.peer() == peer);
                                comparisonDone();
                            }

                            @Override
                            public void failed(String cause) {
                                // The settlement goes on when the peer has left the set, not
                                // before: the two may differ.
                                peer.failing = cause;
                            }

                            @Override
                            public void failedHere(String cause) {
                                state.failProvider(cause);
                            }

                            @Override
                            public void mismatch(long offset, int length) {
                                // Differences are what is expected here.
                            }
                        });
        comparisons.add(comparison);
        comparison.pump();
    }

    private void comparisonDone() {
        if (pulling) {
            pulling = false;
            state.memoryLost = false;
            push(
                    state.configuration == null
                            ? ReplicaSet.EMPTY
                            : state.configuration.inSync().minus(state.self()));
        } else {
            goOn();
        }
    }

    // --- copies of ranges ---

    /// Called from the tick, and after each step.
    void goOn() {
        if (!running || gathering || pulling) {
            return;
        }
        while (!toCopy.isEmpty() && copies.size() < COPIES_AT_ONCE) {
            final long[] range = toCopy.removeLast();
            final Operation copy =
                    state.operations.take(
                            Operation.Kind.COPY,
                            Operation.Origin.INTERNAL,
                            range[0],
                            (int) range[1]);
            copy.owner = this;
            copy.startedAt = state.now;
            copy.targets = targets();
            bytes += range[1];
            copies.add(copy);
            locks.acquire(copy);
        }
        List.copyOf(comparisons).forEach(Comparison::pump);
        if (toCopy.isEmpty() && copies.isEmpty() && comparisons.isEmpty() && !flushing) {
            flushing = true;
            if (state.has(Bug.SETTLE_WITHOUT_FLUSH)) {
                flushed();
                return;
            }
            primary.flushes().internal(this::flushed);
        }
    }

    private int targets() {
        return state.configuration == null
                ? 0
                : state.configuration.inSync().minus(state.self()).mask();
    }

    @Override
    public void granted(Operation copy) {
        copy.buffer = state.effects.allocate(copy.length);
        copy.submitted = true;
        state.effects.read(copy.token(), copy.buffer, copy.offset, copy.length);
    }

    @Override
    public void stored(Operation copy) {
        if (!copies.contains(copy)) {
            primary.end(copy);
            return;
        }
        copy.submitted = false;
        if (copy.result < 0) {
            state.failProvider(
                    "a block at %d that has to be reconciled cannot be read"
                            .formatted(copy.offset));
            return;
        }
        copy.targets &= targets();
        if (copy.targets == 0) {
            finish(copy);
        } else {
            primary.replicate(copy);
        }
    }

    @Override
    public void confirmed(Operation copy) {
        if ((copy.written & copy.targets) == copy.targets) {
            finish(copy);
        }
    }

    private void finish(Operation copy) {
        if (copies.remove(copy)) {
            primary.end(copy);
            goOn();
        }
    }

    private void dropCopiesOfTheGone() {
        for (Operation copy : List.copyOf(copies)) {
            copy.targets &= targets();
            if (copy.sequence != 0 && (copy.written & copy.targets) == copy.targets) {
                finish(copy);
            }
        }
    }

    /// Says whether the bytes that this replica lost were to come from one that is gone.
    private boolean dropComparisonsWithTheGone() {
        for (Comparison comparison : List.copyOf(comparisons)) {
            if (!isMember(comparison.peer())) {
                comparison.cancel();
                comparisons.remove(comparison);
            }
        }
        return pulling && comparisons.isEmpty();
    }

    private void flushed() {
        if (!running) {
            return;
        }
        running = false;
        secondary.settled();
        for (Peer peer : state.peers) {
            if (isMember(peer)) {
                peer.lost = false;
                state.send(peer, new Message.Settled(state.epoch()));
            }
        }
        state.effects.report(new Report.Serving(state.epoch(), state.now - startedAt, bytes));
        done.run();
    }

    boolean received(Peer from, Message.Hashes hashes) {
        // A comparison that ends or fails may begin another.
        return List.copyOf(comparisons).stream()
                .anyMatch(comparison -> comparison.received(from, hashes));
    }

    boolean received(Peer from, Message.ReadReply reply) {
        return List.copyOf(comparisons).stream()
                .anyMatch(comparison -> comparison.received(from, reply));
    }

    /// A comparison with a peer whose link broke will not end by itself.
    void linkDown(Peer peer) {
        if (running) {
            recents.remove(peer.slot);
            if (!gathering) {
                begin();
            }
        }
    }

    void cancel() {
        running = false;
        pulling = false;
        toCopy.clear();
        comparisons.forEach(Comparison::cancel);
        comparisons.clear();
        for (Operation copy : List.copyOf(copies)) {
            copies.remove(copy);
            if (!copy.submitted) {
                primary.end(copy);
            }
        }
    }
}
