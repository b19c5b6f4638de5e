package dev.hast.daemon.resource;

import dev.hast.core.replication.Replica;
import dev.hast.core.replication.ReplicaSettings;
import java.util.Arrays;

/// Whether a replica needs every tick. One on which nothing has happened for a second but
/// heartbeats, of which none is missing, takes every fifth, or as many as its heartbeats want: a
/// hundred idle volumes are a load otherwise. No rule rests on ticks: what a replica may do, it
/// looks up when it does it.
///
/// On the loop.
final class Idleness {

    private static final long QUIET_NANOS = 1_000_000_000;
    private static final int TURNS_MAX = 5;
    private static final int TICKS_PER_HEARTBEAT_MIN = 4;

    private long newsAt;
    private long[] heardAt = {};
    private int turns;

    Idleness(ReplicaSettings settings) {
        settings(settings);
    }

    void settings(ReplicaSettings next) {
        heardAt = Arrays.copyOf(heardAt, next.peers().size());
        final long most = next.heartbeat() / TICKS_PER_HEARTBEAT_MIN / Ticker.TICK_NANOS;
        turns = Math.clamp(most, 1, TURNS_MAX);
    }

    /// Something has happened that is no heartbeat.
    void news(long now) {
        newsAt = now;
    }

    void heard(int peer, long now) {
        heardAt[peer] = now;
    }

    /// When a message of the peer came last; 0 for never.
    long heardAt(int peer) {
        return heardAt[peer];
    }

    /// Which tick is the next that it needs, from now.
    int turns(long now, Replica replica, PeerLinks links) {
        return now - newsAt >= QUIET_NANOS && beats(now, replica, links) ? turns : 1;
    }

    /// A primary hears every peer, a secondary one: its primary.
    private boolean beats(long now, Replica replica, PeerLinks links) {
        int silent = 0;
        for (int i = 0; i < heardAt.length; i++) {
            if (!links.isUp(i) || heardAt[i] == 0 || now - heardAt[i] >= QUIET_NANOS) {
                silent++;
            }
        }
        return switch (replica.role()) {
            case PRIMARY -> silent == 0 && replica.serving();
            case SECONDARY -> silent < heardAt.length;
            case INIT -> false;
        };
    }
}
