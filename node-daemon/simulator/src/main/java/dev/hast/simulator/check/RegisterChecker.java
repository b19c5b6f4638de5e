package dev.hast.simulator.check;

import dev.hast.simulator.kernel.Violation;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Whether one sector's history is that of a register: each request took effect at one moment
/// between its start and its answer.
///
/// The search goes through the history in order and keeps every state that the sector may be in
/// ("just-in-time linearization"). A write is placed only when its answer, or a read that saw it,
/// forces it. A write that has been placed may hide others in flight: those are *covered*, and need
/// no other place. A write without success has happened or not; it can be placed until a later
/// reign serves. One that no read ever saw is left out.
///
/// When memory was lost (S14), the sector may go back to any value that a flush or FUA has not made
/// obsolete.
final class RegisterChecker {

    private static final String RULE = "linearizable";
    private static final int PRUNE_ABOVE = 32;

    /// Pruning compares each state with each: with more than these the search takes minutes.
    private static final int STATES_MAX = 2_000;

    /// A state that the sector may be in.
    ///
    /// @param current the write whose value it holds; null for the zeroes of a new volume
    /// @param covered writes in flight that may have happened unseen
    /// @param placed writes in flight that have happened
    /// @param seen reads in flight that have found their value
    private record State(@Nullable Op current, long covered, long placed, long seen) {

        boolean allows(State other) {
            return current == other.current
                    && (other.seen & ~seen) == 0
                    && ((other.covered | other.placed) & ~(covered | placed)) == 0
                    && (placed & ~other.placed) == 0;
        }
    }

    private record Moment(long stamp, int kind, @Nullable Op op) {
        static final int START = 0;
        static final int ANSWER = 1;
        static final int END = 2;
        static final int LOSS = 3;
    }

    private final History history;
    private final int sector;
    private final @Nullable Op[] slots = new Op[64];
    private Set<State> states = new LinkedHashSet<>();

    RegisterChecker(History history, int sector) {
        this.history = history;
        this.sector = sector;
    }

    /// Says whether the search came to an end: with very many requests in flight at once it gives
    /// up.
    boolean check() {
        states.add(new State(null, 0, 0, 0));
        for (Moment moment : moments()) {
            final Op op = moment.op;
            if (op == null) {
                loseMemory(moment.stamp);
            } else if (moment.kind == Moment.START) {
                if (!start(op)) {
                    return false;
                }
            } else {
                finish(op, moment.kind == Moment.ANSWER);
            }
            if (states.isEmpty()) {
                throw new Violation(
                        RULE,
                        "no order explains sector %d at %s:%s"
                                .formatted(sector, op, history.describe(sector, moment.stamp)));
            }
            if (states.size() > STATES_MAX) {
                return false;
            }
        }
        return true;
    }

    // --- which requests count ---

    private List<Moment> moments() {
        final List<Op> all = history.of(sector);
        final Set<Long> seen = new TreeSet<>();
        for (Op op : all) {
            if (op.kind == Op.Kind.READ && op.acknowledged()) {
                final long value = valueRead(op);
                history.checkPlace(sector, value);
                seen.add(value);
            }
        }
        final List<Moment> moments = new ArrayList<>();
        for (Op op : all) {
            if (op.acknowledged()) {
                moments.add(new Moment(op.invoked, Moment.START, op));
                moments.add(new Moment(op.answered, Moment.ANSWER, op));
            } else if (op.writes() && seen.contains(op.value(sector))) {
                moments.add(new Moment(op.invoked, Moment.START, op));
                if (op.ended != Op.NEVER) {
                    moments.add(new Moment(op.ended, Moment.END, op));
                }
            }
        }
        for (History.Boundary boundary : history.boundaries()) {
            if (boundary.kind() == History.Boundary.Kind.MEMORY_LOST) {
                moments.add(new Moment(boundary.stamp(), Moment.LOSS, null));
            }
        }
        moments.sort(Comparator.comparingLong(Moment::stamp).thenComparingInt(Moment::kind));
        return moments;
    }

    private long valueRead(Op op) {
        final long[] content = op.content;
        if (content == null) {
            throw new IllegalStateException("a read without content: " + op);
        }
        return content[sector - op.sector];
    }

    private long value(@Nullable Op write) {
        return write == null ? 0 : write.value(sector);
    }

    // --- steps ---

    private int slot(Op op) {
        for (int i = 0; i < slots.length; i++) {
            if (slots[i] == op) {
                return i;
            }
        }
        throw new IllegalStateException("not in flight: " + op);
    }

    private long bit(Op op) {
        return 1L << slot(op);
    }

    private boolean start(Op op) {
        int free = 0;
        while (free < slots.length && slots[free] != null) {
            free++;
        }
        if (free == slots.length) {
            return false;
        }
        slots[free] = op;
        if (op.kind != Op.Kind.READ) {
            return true;
        }
        final Set<State> next = new LinkedHashSet<>();
        for (State state : states) {
            next.add(
                    value(state.current) == valueRead(op)
                            ? new State(
                                    state.current,
                                    state.covered,
                                    state.placed,
                                    state.seen | bit(op))
                            : state);
        }
        states = next;
        return true;
    }

    private void finish(Op op, boolean answered) {
        final Set<State> found = new LinkedHashSet<>();
        for (State state : states) {
            if (op.kind == Op.Kind.READ) {
                finishRead(state, op, found);
            } else {
                finishWrite(state, op, answered, found);
            }
        }
        final long left = ~bit(op);
        slots[slot(op)] = null;
        final Set<State> next = new LinkedHashSet<>();
        for (State state : found) {
            next.add(
                    new State(
                            state.current,
                            state.covered & left,
                            state.placed & left,
                            state.seen & left));
        }
        final boolean prunes = next.size() > PRUNE_ABOVE && next.size() <= 2 * STATES_MAX;
        states = prunes ? pruned(next) : next;
    }

    /// A state that allows whatever another allows makes that one needless.
    private static Set<State> pruned(Set<State> all) {
        final Set<State> kept = new LinkedHashSet<>();
        for (State state : all) {
            boolean needed = true;
            for (State other : kept) {
                if (other.allows(state)) {
                    needed = false;
                    break;
                }
            }
            if (needed) {
                kept.removeIf(state::allows);
                kept.add(state);
            }
        }
        return kept;
    }

    private void finishRead(State state, Op read, Set<State> found) {
        if ((state.seen & bit(read)) != 0) {
            found.add(state);
            return;
        }
        for (Op write : slots) {
            if (write != null
                    && write.writes()
                    && (state.placed & bit(write)) == 0
                    && value(write) == valueRead(read)) {
                place(state, write, found);
            }
        }
    }

    private void finishWrite(State state, Op write, boolean answered, Set<State> found) {
        final long bit = bit(write);
        final boolean placed = (state.placed & bit) != 0;
        if (placed || !answered || (state.covered & bit) != 0) {
            found.add(state);
        }
        if (!placed) {
            place(state, write, found);
        }
    }

    /// Lets `write` happen now. Others in flight that a read waits for may happen just before it;
    /// in which order does not matter.
    private void place(State state, Op write, Set<State> found) {
        place(state, write, 0, found);
    }

    private void place(State state, Op write, int from, Set<State> found) {
        long others = 0;
        for (int i = 0; i < slots.length; i++) {
            final Op other = slots[i];
            if (other == null
                    || !other.writes()
                    || other == write
                    || (state.placed & 1L << i) != 0) {
                continue;
            }
            others |= 1L << i;
            if (i >= from && value(other) != value(write) && awaited(state, other)) {
                place(show(state, other, 0), write, i + 1, found);
            }
        }
        found.add(show(state, write, others));
    }

    private boolean awaited(State state, Op write) {
        for (Op read : slots) {
            if (read != null
                    && read.kind == Op.Kind.READ
                    && (state.seen & bit(read)) == 0
                    && valueRead(read) == value(write)) {
                return true;
            }
        }
        return false;
    }

    private State show(State state, Op write, long covers) {
        long seen = state.seen;
        for (Op read : slots) {
            if (read != null && read.kind == Op.Kind.READ && valueRead(read) == value(write)) {
                seen |= bit(read);
            }
        }
        return new State(write, state.covered | covers, state.placed | bit(write), seen);
    }

    // --- loss of memory ---

    private void loseMemory(long stamp) {
        final long latestDurable = latestDurable(stamp);
        final Set<State> next = new LinkedHashSet<>();
        long inFlight = 0;
        for (Op op : slots) {
            if (op != null && op.writes()) {
                inFlight |= bit(op);
            }
        }
        if (latestDurable == 0) {
            next.add(reset(null, inFlight));
        }
        for (Op op : history.of(sector)) {
            if (op.writes() && op.invoked < stamp && op.lastMoment() > latestDurable) {
                next.add(reset(op, inFlight));
            }
        }
        states = next;
    }

    private State reset(@Nullable Op current, long inFlight) {
        long placed = 0;
        long seen = 0;
        for (Op op : slots) {
            if (op == null) {
                continue;
            }
            if (op == current) {
                placed |= bit(op);
            }
            if (op.kind == Op.Kind.READ && (valueRead(op) == value(current) || mayHaveSeen(op))) {
                seen |= bit(op);
            }
        }
        return new State(current, inFlight, placed, seen);
    }

    /// A read that was in flight when memory was lost may have been answered before.
    private boolean mayHaveSeen(Op read) {
        for (State state : states) {
            if ((state.seen & bit(read)) != 0) {
                return true;
            }
        }
        return false;
    }

    /// The latest start of a write that was on stable storage for sure at `stamp`.
    private long latestDurable(long stamp) {
        long latest = 0;
        for (Op op : history.of(sector)) {
            if (op.writes() && op.acknowledged() && op.invoked > latest && wasDurable(op, stamp)) {
                latest = op.invoked;
            }
        }
        return latest;
    }

    /// Whether a write was flushed before `stamp`, and before memory was lost in which it may have
    /// been.
    private boolean wasDurable(Op op, long stamp) {
        if (op.fua) {
            return op.answered < stamp;
        }
        long until = stamp;
        for (History.Boundary boundary : history.boundaries()) {
            if (boundary.kind() == History.Boundary.Kind.MEMORY_LOST
                    && boundary.stamp() > op.answered) {
                until = Math.min(until, boundary.stamp());
            }
        }
        return history.flushedBetween(op.answered, until);
    }
}
