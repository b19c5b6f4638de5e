package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.Lineage;
import org.jspecify.annotations.Nullable;

/// Sees that a peer's history and ours have parted (S9). Nothing is repaired here: a person names
/// the victim.
///
/// Of two parted histories each side has to see the other: the one with the older epoch by the
/// newer configuration that it is told, the one with the newer epoch by the data of the older.
final class Histories {

    private final ReplicaState state;

    Histories(ReplicaState state) {
        this.state = state;
    }

    /// Whether what we hold is no part of a newer configuration's history.
    boolean haveParted(Configuration known, Configuration theirs) {
        return theirs.epoch() == known.epoch()
                ? theirs.reign().tag() != known.reign().tag()
                : known.inSync().contains(state.slotIn(known)) && state.divergedFrom(theirs);
    }

    /// Whether `next` leaves the history of the configuration on this replica's disk. Whoever was
    /// primary there may have written here what is no part of `next`'s history, and no dirty map of
    /// `next`'s members says where. One that leads the new history itself is what the others are
    /// made equal to.
    boolean leaves(@Nullable Configuration before, Configuration next) {
        return before != null
                && next.primary() != state.slotIn(next)
                && next.lineageOf(before.reign().tag(), before.epoch()) == Lineage.DIVERGED;
    }

    /// Whether a peer is in the set of `next` only because it was in that of `before`, in the same
    /// history: that says nothing of what it holds.
    boolean keptFrom(@Nullable Configuration before, Configuration next, Peer peer) {
        return before != null
                && before.inSync().contains(peer.slot)
                && next.lineageOf(before.reign().tag(), before.epoch()) != Lineage.DIVERGED;
    }

    /// A greeting says what data the peer has, whatever it knew before is void.
    void greeted(Peer peer, Message.Hello hello) {
        peer.parted = null;
        if (hello.configuration() != null && hello.dataReign() != 0) {
            compareOlder(peer, hello.configuration(), hello.dataReign(), hello.dataEpoch());
        }
    }

    /// A peer that took up another history after its greeting is seen by what it announces. Who
    /// sees it first answers with its own, so that both do.
    void announced(Peer peer, Configuration theirs, boolean seenBefore) {
        if (!seenBefore && peer.parted != null && state.configuration != null) {
            state.send(peer, new Message.Announce(state.configuration, 0, 0));
        } else if (theirs.inSync().contains(theirs.slotOf(peer.node))) {
            compareOlder(peer, theirs, theirs.reign().tag(), theirs.epoch());
        }
    }

    private void compareOlder(Peer peer, Configuration theirs, long dataReign, long dataEpoch) {
        final Configuration known = state.newest;
        if (!state.settings.arbitrated()
                && known != null
                && theirs.epoch() < known.epoch()
                && known.lineageOf(dataReign, dataEpoch) == Lineage.DIVERGED) {
            parted(peer, theirs, known);
        }
    }

    void parted(Peer peer, Configuration theirs, Configuration known) {
        final String cause =
                "%s is in epoch %d of reign %s, this node in epoch %d of reign %s"
                        .formatted(
                                peer.node,
                                theirs.epoch(),
                                theirs.reign(),
                                known.epoch(),
                                known.reign());
        if (!cause.equals(peer.parted)) {
            peer.parted = cause;
            state.effects.report(new Report.SplitBrain(peer.node, cause));
        }
    }
}
