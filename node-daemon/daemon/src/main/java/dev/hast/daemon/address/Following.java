package dev.hast.daemon.address;

import dev.hast.core.address.Advert;
import dev.hast.core.address.DemotionSource;
import dev.hast.core.address.Election;
import dev.hast.core.address.ElectionState;
import dev.hast.core.address.ElectionStatus;
import dev.hast.core.address.Intent;
import dev.hast.core.address.Trailer;
import dev.hast.daemon.document.VirtualIpDocument;
import java.util.Optional;

/// Between the election of a group and what its addresses follow: whether this node is entitled,
/// and who of the group asks for the resources. Nothing for a group that follows nothing. On the
/// loop.
final class Following {

    /// A claim is said again and again; one hand-over is enough.
    private static final long HAND_OVER_GAP_NANOS = 1_000_000_000L;

    private final GroupMoves moves;
    private VirtualIpDocument document;
    private Optional<Long> handedAt = Optional.empty();

    Following(VirtualIpDocument document, GroupMoves moves) {
        this.document = document;
        this.moves = moves;
    }

    /// Another document that follows the same.
    void document(VirtualIpDocument next) {
        document = next;
        moves.document(next);
    }

    /// Tells the election how the resources stand; tries again what could not be taken down.
    void look(Election e, long now) {
        if (document.follows().isEmpty()) {
            return;
        }
        final GroupMoves.Entitlement entitlement = moves.entitlement();
        final ElectionState state = e.status(now).state();
        if (entitlement.whole()) {
            e.entitled(entitlement.epoch(), entitlement.until(), now);
        } else if (state == ElectionState.MASTER || state == ElectionState.PROMOTING) {
            e.entitlementLost(
                    entitlement.lacking().isEmpty()
                            ? "the grants have run out"
                            : entitlement.lacking() + " is not primary here",
                    now);
        }
        e.demotion(
                DemotionSource.RESOURCE_NOT_PROMOTABLE,
                moves.promotable() || entitlement.whole() ? 0 : VirtualIpDocument.DEMOTION_MAX,
                now);
        moves.again(now);
        if (state == ElectionState.BACKUP || state == ElectionState.FAULT) {
            moves.clearLeftOver();
        }
    }

    /// A node of ours that claims the addresses asks for what this one has of the resources.
    void heard(Advert advert, GroupPeers peers, Election e, long now) {
        final Trailer trailer = advert.trailer();
        if (trailer == null || trailer.intent() != Intent.CLAIM || document.follows().isEmpty()) {
            return;
        }
        final ElectionStatus own = e.status(now);
        final boolean better =
                trailer.promoted()
                        || advert.pace()
                                < (document.election().advbase() << 8 | own.effectiveSkew());
        final Optional<String> to = peers.nodeOf(trailer.sender());
        if (to.isEmpty() || handedAt.isPresent() && now - handedAt.get() < HAND_OVER_GAP_NANOS) {
            return;
        }
        switch (own.state()) {
            case MASTER -> {
                if (better && moves.canTakeOver(to.get())) {
                    handedAt = Optional.of(now);
                    leaveTo(to.get(), e, now);
                }
            }
            case INIT, BACKUP, FAULT -> {
                if (!moves.entitlement().whole()) {
                    handedAt = Optional.of(now);
                    moves.handOverParts(to.get());
                }
            }
            case PROMOTING, YIELDING -> {}
        }
    }

    /// Closes the guard, takes down what is up, and gives the resources to that node.
    void leaveTo(String to, Election e, long now) {
        moves.successor(Optional.of(to));
        e.handOver(to, now);
    }
}
