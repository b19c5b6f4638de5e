package dev.hast.simulator.check;

import org.jspecify.annotations.Nullable;

/// One request of a client, and what came of it. Mutable, owned by [History]; moments are the
/// history's stamps.
public final class Op {

    /// What was asked.
    public enum Kind {
        READ,
        WRITE,
        ZERO,
        FLUSH
    }

    /// What came of it.
    public enum Outcome {
        PENDING,
        OK,
        /// Answered with an error: it may have happened, whole or in part.
        ERROR,
        /// Never answered, because the process died: it may have happened too.
        LOST
    }

    static final long NEVER = Long.MAX_VALUE;

    /// A sector's content names the write and the sector, so that a block in the wrong place is
    /// seen.
    private static final int SECTORS_MAX = 1 << 12;

    final long id;
    final String node;
    final Kind kind;
    final int sector;
    final int sectors;
    final boolean fua;
    final long invoked;
    long answered = NEVER;
    Outcome outcome = Outcome.PENDING;

    /// When it is too late for a request without success to happen: a later reign serves.
    long ended = NEVER;

    long @Nullable [] content;

    /// For a flush: what it covers, as the latest invocation of an acknowledged write by sector.
    long @Nullable [] covers;

    Op(long id, String node, Request request, long invoked) {
        this.id = id;
        this.node = node;
        this.kind = request.kind();
        this.sector = request.sector();
        this.sectors = request.sectors();
        this.fua = request.fua();
        this.invoked = invoked;
    }

    /// What a client asks.
    public record Request(Kind kind, int sector, int sectors, boolean fua) {}

    public long id() {
        return id;
    }

    public Outcome outcome() {
        return outcome;
    }

    public boolean writes() {
        return kind == Kind.WRITE || kind == Kind.ZERO;
    }

    boolean acknowledged() {
        return outcome == Outcome.OK;
    }

    /// From when on no effect of it can begin.
    long lastMoment() {
        return acknowledged() ? answered : ended;
    }

    /// What it leaves in a sector.
    public long value(int at) {
        return kind == Kind.ZERO ? 0 : id * SECTORS_MAX + at;
    }

    static long idOf(long value) {
        return value / SECTORS_MAX;
    }

    static int sectorOf(long value) {
        return (int) (value % SECTORS_MAX);
    }

    @Override
    public String toString() {
        return "#%x %s%s sectors %d+%d at %s [%d..%s] %s"
                .formatted(
                        id,
                        kind,
                        fua ? " fua" : "",
                        sector,
                        sectors,
                        node,
                        invoked,
                        answered == NEVER ? "" : answered,
                        outcome);
    }
}
