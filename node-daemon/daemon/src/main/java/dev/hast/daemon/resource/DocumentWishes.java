package dev.hast.daemon.resource;

import dev.hast.core.replication.Replica;
import dev.hast.core.replication.Role;
import dev.hast.daemon.arbiter.ArbiterKind;
import dev.hast.daemon.document.ResourceDocument;
import dev.hast.daemon.document.ResourceDocument.OnNode;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/// What a document asks of a running replica without anybody giving an order: that there be a first
/// configuration, that the primary be where it says, that the members be those it lists.
///
/// On the loop.
final class DocumentWishes {

    private final ResourceNode node;
    private final Function<String, CompletableFuture<String>> handOver;
    private boolean handingBack;

    /// @param handOver moves the primary to a node, unless the device is in use
    DocumentWishes(ResourceNode node, Function<String, CompletableFuture<String>> handOver) {
        this.node = node;
        this.handOver = handOver;
    }

    /// To be called now and then.
    void look(ResourceDocument document, ReplicaShell running) {
        makeFirstConfiguration(document, running);
        handBack(document, running);
    }

    /// With an arbiter, a blank resource begins by itself on the node that the document names, or
    /// on its first.
    private void makeFirstConfiguration(ResourceDocument document, ReplicaShell running) {
        final String first =
                document.primary() instanceof OnNode(String named)
                        ? named
                        : document.replicas().getFirst().node();
        if (node.arbiter().kind() != ArbiterKind.NONE
                && running.replica().isBlank()
                && first.equals(node.name())) {
            running.replica()
                    .initialise(
                            size(document, running.replica()),
                            (done, message) -> {},
                            running.enter());
            running.leave();
        }
    }

    /// The size of a volume that is made: the document's, else all that the provider holds.
    static long size(ResourceDocument document, Replica replica) {
        return document.size().map(size -> size.bytes()).orElseGet(replica::capacity);
    }

    /// The document names another node: it gets the resource when it is in sync and nobody uses the
    /// device here.
    private void handBack(ResourceDocument document, ReplicaShell running) {
        if (!(document.primary() instanceof OnNode(String wanted))
                || wanted.equals(node.name())
                || !running.replica().serving()
                || handingBack) {
            return;
        }
        final boolean ready =
                running.replica().status(System.nanoTime()).peers().stream()
                        .anyMatch(peer ->
                                peer.node().equals(wanted) && peer.inSync() && peer.connected());
        if (!ready) {
            return;
        }
        handingBack = true;
        handOver.apply(wanted)
                .whenCompleteAsync((done, failure) -> handingBack = false, node.loop());
    }

    /// A primary brings the members to what the document says.
    void changed(ResourceDocument before, ResourceDocument next, ReplicaShell running) {
        if (running.replica().role() != Role.PRIMARY) {
            return;
        }
        for (ResourceDocument.Replica replica : next.replicas()) {
            if (before.replicaOn(replica.node()).isEmpty()) {
                running.replica()
                        .addReplica(replica.node(), (done, message) -> {}, running.enter());
                running.leave();
            }
        }
        for (ResourceDocument.Replica replica : before.replicas()) {
            if (next.replicaOn(replica.node()).isEmpty() && !replica.node().equals(node.name())) {
                running.replica()
                        .removeReplica(replica.node(), (done, message) -> {}, running.enter());
                running.leave();
            }
        }
    }
}
