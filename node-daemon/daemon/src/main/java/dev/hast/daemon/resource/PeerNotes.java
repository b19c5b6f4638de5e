package dev.hast.daemon.resource;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/// What another part of this daemon says to its like on the peers of a resource, by the resource's
/// links. Of what they say the newest of each topic is kept, in memory.
///
/// Public methods on any thread.
public final class PeerNotes {

    /// Far more than parts of a daemon have to say; a peer cannot fill the memory.
    private static final int TOPICS_MAX = 64;

    private final Executor loop;
    private final Map<String, byte[]> newest = new ConcurrentHashMap<>();
    private @Nullable PeerLinks links; // on the loop

    PeerNotes(Executor loop) {
        this.loop = loop;
    }

    /// They go by these links from now on.
    void links(PeerLinks itsLinks) {
        links = itsLinks;
    }

    /// Tells every peer that is connected now.
    public void tell(String topic, byte[] note) {
        loop.execute(() -> {
            if (links != null) {
                links.tell(topic, note);
            }
        });
    }

    /// What a peer has said last, once.
    public Optional<byte[]> take(String topic) {
        return Optional.ofNullable(newest.remove(topic));
    }

    void received(String topic, byte[] note) {
        if (newest.size() < TOPICS_MAX || newest.containsKey(topic)) {
            newest.put(topic, note);
        }
    }
}
