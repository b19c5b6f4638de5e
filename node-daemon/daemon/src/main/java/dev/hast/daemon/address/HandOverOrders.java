package dev.hast.daemon.address;

import dev.hast.core.address.ElectionState;
import dev.hast.daemon.document.VirtualIpDocument;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/// Orders to move what an address follows: to whom it can go, and who waits for it. On the loop.
final class HandOverOrders {

    private final List<CompletableFuture<String>> waiting = new ArrayList<>();

    /// To whom a group that is held here goes.
    ///
    /// @param wanted absent: whoever could have all that it follows
    /// @throws AddressException when nobody can, with the mend
    static String target(
            VirtualIpDocument document,
            ElectionState state,
            GroupMoves moves,
            Optional<String> wanted)
            throws AddressException {
        final String name = document.name();
        if (state != ElectionState.MASTER) {
            throw new AddressException(
                    "address %s is on its way up or down with it; try again when `hastctl vip list` shows it settled"
                            .formatted(name));
        }
        final String to =
                wanted.or(moves::anySuccessor)
                        .orElseThrow(() ->
                                new AddressException(
                                        "address %s follows it, and no other of its nodes is in sync and connected for all of %s; wait for the resync, or take the address down with `hastctl vip hold %s`"
                                                .formatted(name, document.follows(), name)));
        final String obstacle =
                document.holder(to).isEmpty()
                        ? "may not hold that"
                        : moves.canTakeOver(to)
                                ? ""
                                : "is not in sync and connected for all of " + document.follows();
        if (!obstacle.isEmpty()) {
            throw new AddressException(
                    "address %s follows it, and node %s %s; name another node, or take the address down with `hastctl vip hold %s`"
                            .formatted(name, to, obstacle, name));
        }
        return to;
    }

    /// Done when the group has left; the node that it went to.
    CompletableFuture<String> begun(String to) {
        final CompletableFuture<String> done = new CompletableFuture<>();
        waiting.add(done);
        return done.thenApply(nothing -> to);
    }

    void transition(GroupKernel.TransitionNote note, String group) {
        if (note.from() != ElectionState.YIELDING) {
            return;
        }
        final List<CompletableFuture<String>> told = List.copyOf(waiting);
        waiting.clear();
        for (CompletableFuture<String> one : told) {
            if (note.to() == ElectionState.FAULT) {
                one.completeExceptionally(
                        new AddressException(
                                "address %s was given up, but not all is taken down: %s; it is tried again"
                                        .formatted(group, note.detail())));
            } else {
                one.complete("");
            }
        }
    }
}
