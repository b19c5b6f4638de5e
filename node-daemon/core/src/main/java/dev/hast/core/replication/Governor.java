package dev.hast.core.replication;

/// Finds how fast comparisons may go beside active clients.
///
/// **Measures** how long clients wait, from the begin of an operation to its answer: once *beside*
/// a comparison, once in *quiet*, when no piece was begun for a while. While comparisons run, quiet
/// is made: every two seconds they rest until enough operations were seen. So the yardstick is the
/// same clients on the same machine, and follows when their load changes.
///
/// **Decides** ten times a second: if the high quantile beside is more than [#BEARABLE] times that
/// in quiet, the rate falls by a quarter, else it grows by a constant (additive increase,
/// multiplicative decrease, as of TCP). It stays between the least and the most that are set, and
/// does not grow while it is not used.
///
/// **Spends** the rate in pieces of one chunk, one at a time. When that does not reach the rate,
/// for a piece takes long to travel, what was earned and not spent grows, and with it pieces and
/// their number.
///
/// All comparisons of a replica share one. Each counts its own pieces, so nothing that a broken one
/// leaves behind can hold back the next.
///
/// Deterministic: time and what clients do are all that goes in.
final class Governor {

    private static final long MILLISECOND = 1_000_000L;

    /// Clients that did nothing for so long are not active.
    private static final long IDLE = 500 * MILLISECOND;

    /// After the last piece was begun, operations of clients may still meet it for so long.
    private static final long SETTLE = 40 * MILLISECOND;

    private static final long DECIDE = 100 * MILLISECOND;

    /// With few operations it is waited longer, but no longer than this.
    private static final long DECIDE_LATEST = 1_000 * MILLISECOND;

    private static final long REST_EVERY = 2_000 * MILLISECOND;
    private static final long REST_MOST = 250 * MILLISECOND;

    /// What rests cost is made good while comparisons go.
    private static final double FOR_RESTS = (double) (REST_EVERY + REST_MOST) / REST_EVERY;

    private static final int ENOUGH = 16;
    private static final int ENOUGH_IN_REST = 64;

    /// Beyond so many, older operations count half.
    private static final int FADE_BEYOND = 2048;

    private static final double QUANTILE = 0.95;
    private static final double BEARABLE = 1.5;
    private static final double DECREASE = 0.75;
    private static final double INCREASE = 2 << 20;

    /// Unspent earnings of so long allow one piece more at a time.
    private static final double LAG_STEP = 0.025;

    private static final int LAG_MOST = 4;
    private static final int CHUNK = Replica.CHUNK_BYTES;

    private final Latencies quiet = new Latencies();
    private final Latencies beside = new Latencies();
    private final Allowance allowance = new Allowance();

    private double least;
    private double most;
    private double rate;
    private long clientAt = Peer.NEVER;
    private long lastAt = Peer.NEVER;
    private long decidedAt = Peer.NEVER;
    private long restAt = Peer.NEVER;
    private boolean resting;
    private int quietSeen;

    void between(double leastPerSecond, double mostPerSecond) {
        least = Math.min(leastPerSecond * FOR_RESTS, mostPerSecond);
        most = mostPerSecond;
        rate = Math.clamp(rate, least, most);
    }

    boolean isActive(long now) {
        return now - clientAt < IDLE;
    }

    void clientBegan(long now) {
        clientAt = now;
    }

    void clientAnswered(long began, long now) {
        clientAt = now;
        if (began - lastAt < SETTLE) {
            beside.add(now - began);
            return;
        }
        quiet.add(now - began);
        quietSeen++;
        if (quiet.total() > FADE_BEYOND) {
            quiet.fade();
        }
    }

    void tick(long now) {
        if (!isActive(now) || now - lastAt > REST_EVERY) {
            resting = false;
            decidedAt = now;
            beside.clear();
            allowance.earn(now, rate, CHUNK);
            return;
        }
        if (resting) {
            if (quietSeen >= ENOUGH_IN_REST || now - restAt >= REST_MOST) {
                resting = false;
                restAt = now;
                decidedAt = now;
                beside.clear();
                allowance.earn(now, rate, CHUNK);
            }
        } else if (now - restAt >= REST_EVERY) {
            resting = true;
            restAt = now;
            quietSeen = 0;
            quiet.fade();
        } else if (now - decidedAt >= DECIDE && beside.total() >= ENOUGH
                || now - decidedAt >= DECIDE_LATEST) {
            decide();
            decidedAt = now;
            beside.clear();
        }
    }

    private void decide() {
        if (quiet.total() < ENOUGH || beside.total() == 0) {
            return;
        }
        if (beside.quantile(QUANTILE) > BEARABLE * quiet.quantile(QUANTILE)) {
            rate = Math.max(least, rate * DECREASE);
        } else if (lag() < LAG_MOST) {
            rate = Math.min(most, rate + INCREASE);
        }
    }

    /// Called at every tick with the number of pieces that are not done yet.
    void open(long now, int pieces) {
        if (pieces > 0) {
            lastAt = now;
        }
    }

    /// Bytes that the next piece may have beside active clients, 0 for none now.
    int piece(long now, int open) {
        allowance.earn(now, rate, CHUNK + LAG_MOST * LAG_STEP * Math.max(rate, CHUNK / LAG_STEP));
        final int lag = lag();
        return resting || open > lag ? 0 : allowance.within((1 + lag) * CHUNK);
    }

    /// How far comparisons are behind what they may.
    private int lag() {
        final double behind = allowance.bytes() - CHUNK;
        return (int) Math.clamp(behind / Math.max(CHUNK, rate * LAG_STEP), 0, LAG_MOST);
    }

    void taken(long now, int bytes) {
        if (isActive(now)) {
            allowance.spend(bytes);
        }
        lastAt = now;
    }

    /// Bytes a second that comparisons may take beside active clients.
    double rate() {
        return rate;
    }
}
