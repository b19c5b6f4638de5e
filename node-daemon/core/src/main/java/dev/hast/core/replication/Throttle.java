package dev.hast.core.replication;

/// How fast comparisons may go: not at all while paused, never above the limit if one is set, and
/// while clients are active as fast as the [Governor] finds bearable for them.
///
/// Comparisons go piece by piece. A piece is large while there are no clients, and small while
/// there are: what a client waits for behind it, in a queue of the disk, of the link or of a
/// processor, is one piece.
final class Throttle {

    /// A piece while nobody is in its way.
    private static final int LARGE = 2 << 20;

    private static final int LARGE_AT_ONCE = 4;

    private final Governor governor = new Governor();
    private final Allowance limit = new Allowance();
    private long most;
    private boolean paused;

    void limits(ReplicaSettings settings) {
        most = settings.resyncBytesPerSecond();
        final long least = settings.resyncBytesPerSecondLeast();
        governor.between(
                most > 0 ? Math.min(least, most) : least, most > 0 ? most : Long.MAX_VALUE);
    }

    void pause(boolean on) {
        paused = on;
    }

    boolean paused() {
        return paused;
    }

    /// An operation of a client begins.
    void clientBegan(long now) {
        governor.clientBegan(now);
    }

    /// A client has its answer.
    void clientAnswered(long began, long now) {
        governor.clientAnswered(began, now);
    }

    /// From the tick.
    void tick(long now) {
        governor.tick(now);
    }

    /// How many bytes the next piece may have, 0 for none now.
    ///
    /// @param open pieces that are not done yet
    int piece(long now, int open) {
        governor.open(now, open);
        if (paused) {
            return 0;
        }
        int piece = LARGE;
        if (governor.isActive(now)) {
            piece = governor.piece(now, open);
        } else if (open >= LARGE_AT_ONCE) {
            return 0;
        }
        if (most > 0) {
            limit.earn(now, most, Math.max(most / 10, Replica.CHUNK_BYTES));
            piece = limit.within(piece);
        }
        return piece;
    }

    /// A piece is on its way.
    void taken(long now, int bytes) {
        governor.taken(now, bytes);
        if (most > 0) {
            limit.spend(bytes);
        }
    }
}
