package dev.hast.simulator.check;

import dev.hast.simulator.kernel.Violation;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Everything that clients asked and were told, in one order of moments ("stamps").
public final class History {

    /// A moment at which what clients may rely on changes.
    record Boundary(long stamp, Kind kind) {
        enum Kind {
            /// A new reign serves: requests of earlier ones that failed can no longer happen.
            REIGN,
            /// Memory was lost on every member that could be asked (S14): what was not flushed may
            /// be gone.
            MEMORY_LOST
        }
    }

    private final List<Op> ops = new ArrayList<>();
    private final List<List<Op>> bySector = new ArrayList<>();
    private final List<Op> flushes = new ArrayList<>();
    private final List<Op> undecided = new ArrayList<>();
    private final List<Boundary> boundaries = new ArrayList<>();
    private final long[] covered;
    private final long[] floor;
    private long stamp = 1;
    private long[] doneFlushes = new long[0];

    public History(int sectors) {
        for (int i = 0; i < sectors; i++) {
            bySector.add(new ArrayList<>());
        }
        covered = new long[sectors];
        floor = new long[sectors];
    }

    /// The moment now; later calls give later ones.
    public long stamp() {
        return ++stamp;
    }

    public int size() {
        return ops.size();
    }

    public Op op(long id) {
        return ops.get((int) id - 1);
    }

    public Op invoke(String node, Op.Request request) {
        final Op op = new Op(ops.size() + 1, node, request, stamp());
        ops.add(op);
        for (int i = op.sector; i < op.sector + op.sectors; i++) {
            bySector.get(i).add(op);
        }
        if (op.kind == Op.Kind.FLUSH) {
            op.covers = covered.clone();
            flushes.add(op);
        }
        return op;
    }

    /// The answer came.
    public void answered(Op op, int result, long @Nullable [] content) {
        op.answered = stamp();
        op.outcome = result == 0 ? Op.Outcome.OK : Op.Outcome.ERROR;
        op.content = content;
        if (result != 0) {
            if (op.writes()) {
                undecided.add(op);
            }
            return;
        }
        if (op.writes()) {
            raise(covered, op);
            if (op.fua) {
                raise(floor, op);
            }
        }
        final long[] covers = op.covers;
        if (covers != null) {
            for (int i = 0; i < floor.length; i++) {
                floor[i] = Math.max(floor[i], covers[i]);
            }
        }
        op.covers = null;
    }

    private static void raise(long[] bounds, Op op) {
        for (int i = op.sector; i < op.sector + op.sectors; i++) {
            bounds[i] = Math.max(bounds[i], op.invoked);
        }
    }

    /// No answer will come.
    public void lost(Op op) {
        op.answered = stamp();
        op.outcome = Op.Outcome.LOST;
        op.covers = null;
        if (op.writes()) {
            undecided.add(op);
        }
    }

    /// A new reign serves.
    public void reign() {
        final long now = stamp();
        boundaries.add(new Boundary(now, Boundary.Kind.REIGN));
        undecided.forEach(op -> op.ended = now);
        undecided.clear();
    }

    /// What was not flushed may be gone; no later flush brings it back.
    public void memoryLost() {
        boundaries.add(new Boundary(stamp(), Boundary.Kind.MEMORY_LOST));
        System.arraycopy(floor, 0, covered, 0, floor.length);
        for (Op flush : flushes) {
            if (flush.covers != null) {
                flush.covers = floor.clone();
            }
        }
    }

    List<Boundary> boundaries() {
        return boundaries;
    }

    /// Whether an acknowledged flush began after `from` and was answered before `until`.
    boolean flushedBetween(long from, long until) {
        if (doneFlushes.length == 0) {
            sumUpFlushes();
        }
        int low = 0;
        int high = doneFlushes.length / 2;
        while (low < high) {
            final int middle = (low + high) >>> 1;
            if (doneFlushes[2 * middle] > from) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return 2 * low < doneFlushes.length && doneFlushes[2 * low + 1] < until;
    }

    /// Pairs, in order of their start: when a flush began, and the first answer to this or a later
    /// one.
    private void sumUpFlushes() {
        final List<Op> done = flushes.stream().filter(Op::acknowledged).toList();
        doneFlushes = new long[2 * done.size() + 2];
        long earliest = Op.NEVER;
        doneFlushes[2 * done.size()] = Op.NEVER;
        doneFlushes[2 * done.size() + 1] = Op.NEVER;
        for (int i = done.size() - 1; i >= 0; i--) {
            earliest = Math.min(earliest, done.get(i).answered);
            doneFlushes[2 * i] = done.get(i).invoked;
            doneFlushes[2 * i + 1] = earliest;
        }
    }

    List<Op> of(int sector) {
        return bySector.get(sector);
    }

    /// Whether a medium that holds `value` in a sector holds everything that was flushed there.
    boolean durable(int sector, long value) {
        return newerThan(sector, value, floor[sector]);
    }

    /// Whether `value` may still be what a sector holds although a write that began at `bound` has
    /// been acknowledged.
    boolean newerThan(int sector, long value, long bound) {
        if (bound == 0) {
            return true;
        }
        if (value == 0) {
            final List<Op> all = bySector.get(sector);
            for (int i = all.size() - 1; i >= 0; i--) {
                if (all.get(i).kind == Op.Kind.ZERO && all.get(i).lastMoment() > bound) {
                    return true;
                }
            }
            return false;
        }
        checkPlace(sector, value);
        return op(Op.idOf(value)).lastMoment() > bound;
    }

    /// A sector holds zeroes, or what somebody wrote there.
    void checkPlace(int sector, long value) {
        final long id = Op.idOf(value);
        final boolean right =
                value == 0 || id > 0 && id <= ops.size() && Op.sectorOf(value) == sector;
        if (!right) {
            throw new Violation(
                    "blocks in their place",
                    "sector %d holds %x, which nobody wrote there".formatted(sector, value));
        }
    }

    /// Checks every sector's history. Costly: once, at the end.
    ///
    /// @return how many sectors could not be checked to the end
    public int check() {
        int unchecked = 0;
        sumUpFlushes();
        for (int sector = 0; sector < bySector.size(); sector++) {
            if (!bySector.get(sector).isEmpty() && !new RegisterChecker(this, sector).check()) {
                unchecked++;
            }
        }
        return unchecked;
    }

    /// The ops that touched a sector, for a message.
    String describe(int sector, long until) {
        final StringBuilder text = new StringBuilder();
        final List<Op> all =
                bySector.get(sector).stream().filter(op -> op.invoked <= until).toList();
        for (Op op : all.subList(Math.max(0, all.size() - 12), all.size())) {
            final long[] content = op.content;
            text.append("\n    ").append(op);
            if (content != null) {
                text.append(" = #%x".formatted(Op.idOf(content[sector - op.sector])));
            }
        }
        text.append("\n    boundaries ").append(boundaries);
        return text.toString();
    }

    @Override
    public String toString() {
        return ops.size() + " ops, floor " + Arrays.stream(floor).max().orElse(0);
    }
}
