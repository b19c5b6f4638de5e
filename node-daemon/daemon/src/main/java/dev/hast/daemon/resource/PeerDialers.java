package dev.hast.daemon.resource;

import dev.hast.daemon.document.ResourceDocument;
import dev.hast.daemon.replication.LinkDialer;
import dev.hast.daemon.replication.LinkListener;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;

/// The links that this node dials for one resource: those to peers whose name sorts behind its own.
/// On the loop.
final class PeerDialers {

    private final ResourceNode node;
    private final Map<String, LinkDialer> dialers = new LinkedHashMap<>();

    PeerDialers(ResourceNode node) {
        this.node = node;
    }

    /// Dials every peer of the document that is not dialled yet.
    void dial(ResourceDocument document, LinkListener listener) {
        for (ResourceDocument.Replica replica : document.replicas()) {
            if (!LinkDialer.dials(node.name(), replica.node())
                    || dialers.containsKey(replica.node())) {
                continue;
            }
            dial(document.name(), replica, listener);
        }
    }

    private void dial(String resource, ResourceDocument.Replica replica, LinkListener listener) {
        final var address =
                InetSocketAddress.createUnresolved(
                        replica.address().host(), replica.address().port());
        final LinkDialer dialer =
                new LinkDialer(node.endpoint(), resource, replica.node(), address, listener);
        dialers.put(replica.node(), dialer);
        dialer.start();
    }

    /// Why there is no link, by peer; empty text for one that stands.
    Map<String, String> errors() {
        final Map<String, String> errors = new LinkedHashMap<>();
        dialers.forEach((peer, dialer) -> errors.put(peer, dialer.lastError()));
        return errors;
    }

    void stop() {
        dialers.values().forEach(LinkDialer::stop);
        dialers.clear();
    }
}
