package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.Lineage;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What this replica knows of another one, over one link. Mutable, package-private, owned by
/// [ReplicaState].
final class Peer {

    /// Before every time: half of the range, so that differences do not overflow.
    static final long NEVER = Long.MIN_VALUE / 2;

    final int index;
    final String node;

    /// Its slot in the configuration, or -1.
    int slot = -1;

    boolean up;
    long downSince;
    Message.@Nullable Hello hello;

    /// What it said before this replica had begun, its greeting first.
    final List<Message> early = new ArrayList<>();

    /// Writes are sent to it: it is in the set, or it is being brought back.
    boolean receives;

    /// It counts for confirmations and flushes although it is not in the set yet: it is about to
    /// join.
    boolean counts;

    /// At a primary: until when, by this clock, it consents that we serve, and for which epoch.
    long grantUntil = NEVER;

    long grantEpoch;
    long heardAt;

    /// It lost its memory and was not brought back since.
    boolean lost;

    /// It greeted with data that are no part of our history (S9), and that we have not learned
    /// since to be.
    boolean diverged;

    /// Why it must leave the set; null when it need not.
    @Nullable String failing;

    /// Why its provider takes nothing any more, as it said on this link; null when it did not
    /// (S11).
    @Nullable String providerFailed;

    /// The newest configuration that it told.
    @Nullable Configuration told;

    /// How its history and ours have parted (S9); null when they have not, or a person has named
    /// the victim and it was greeted since.
    @Nullable String parted;

    @Nullable Resync resync;

    /// At a primary: why it cannot be brought back as things are; null when it can, or is in the
    /// set.
    @Nullable Obstacle obstacle;

    @Nullable String lastError;
    long retryAt;

    /// How many comparisons were begun with it: makes their message ids unique.
    long comparisons = 1;

    long capacity;

    Peer(int index, String node) {
        this.index = index;
        this.node = node;
    }

    /// Whether what it greeted with is no part of `history`.
    boolean divergesFrom(Configuration history) {
        final Message.Hello greeting = hello;
        return greeting != null
                && greeting.dataReign() != 0
                && history.lineageOf(greeting.dataReign(), greeting.dataEpoch())
                        == Lineage.DIVERGED;
    }

    boolean ready() {
        return up && hello != null;
    }
}
