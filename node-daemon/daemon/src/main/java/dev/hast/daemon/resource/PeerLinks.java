package dev.hast.daemon.resource;

import dev.hast.daemon.replication.Link;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The newest link to each peer of a resource, by the peer's index in its settings. On the loop.
final class PeerLinks {

    static final int NONE = -1;

    private final List<String> names = new ArrayList<>();
    private @Nullable Link[] links = new Link[0];

    /// Peers may be added at the end; links stay.
    void peers(List<String> peers) {
        names.clear();
        names.addAll(peers);
        links = Arrays.copyOf(links, names.size());
    }

    List<String> names() {
        return List.copyOf(names);
    }

    @Nullable Link get(int peer) {
        return links[peer];
    }

    boolean isUp(int peer) {
        return links[peer] != null;
    }

    void set(int peer, @Nullable Link link) {
        links[peer] = link;
    }

    int indexOf(String peer) {
        return names.indexOf(peer);
    }

    /// The peer of a link that delivers, because it is its newest; else [#NONE].
    int current(Link link) {
        final int peer = indexOf(link.peerNode());
        return peer >= 0 && links[peer] == link ? peer : NONE;
    }

    /// What waits for the network, by peer.
    Map<String, Long> queuedBytes() {
        final Map<String, Long> queued = new HashMap<>();
        for (int i = 0; i < links.length; i++) {
            final Link link = links[i];
            queued.put(names.get(i), link == null ? 0 : link.queuedBytes());
        }
        return queued;
    }

    /// Sends a note to every peer that is connected.
    void tell(String topic, byte[] note) {
        for (Link link : links) {
            if (link != null) {
                link.sendNote(topic, note);
            }
        }
    }

    void closeAll(String cause) {
        for (Link link : links) {
            if (link != null) {
                link.close(cause);
            }
        }
    }
}
