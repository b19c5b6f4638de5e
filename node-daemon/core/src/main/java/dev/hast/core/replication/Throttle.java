package dev.hast.core.replication;

/// How fast comparisons may go: a limit in bytes a second, if one is set, and a governor that steps
/// aside for clients.
///
/// The governor allows one extent at a time while clients have operations in flight, several while
/// they have none: the foreground then meets at most one background read in the provider's queue.
final class Throttle {

    private static final long SECOND = 1_000_000_000L;

    private long bytesPerSecond;
    private boolean paused;
    private boolean clientsBusy;
    private long allowanceAt;
    private double allowance;

    void limit(long newBytesPerSecond) {
        bytesPerSecond = newBytesPerSecond;
    }

    void pause(boolean on) {
        paused = on;
    }

    boolean paused() {
        return paused;
    }

    void clientsBusy(boolean busy) {
        clientsBusy = busy;
    }

    int extentsAtOnce(int most) {
        return clientsBusy ? 1 : most;
    }

    /// Whether `bytes` may be compared now; if so they are counted.
    boolean take(long now, int bytes) {
        if (paused) {
            return false;
        }
        if (bytesPerSecond <= 0) {
            return true;
        }
        final double earned = (double) (now - allowanceAt) / SECOND * bytesPerSecond;
        allowance = Math.min(Math.max(bytes, bytesPerSecond / 10.0), allowance + earned);
        allowanceAt = now;
        if (allowance < bytes) {
            return false;
        }
        allowance -= bytes;
        return true;
    }
}
