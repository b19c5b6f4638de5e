package dev.hast.daemon.resource;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// What peers of a resource have said to another part of this daemon: the newest of each topic, in
/// memory. Any thread.
final class PeerNotes {

    /// Far more than parts of a daemon have to say; a peer cannot fill the memory.
    private static final int TOPICS_MAX = 64;

    private final Map<String, byte[]> newest = new ConcurrentHashMap<>();

    void received(String topic, byte[] note) {
        if (newest.size() < TOPICS_MAX || newest.containsKey(topic)) {
            newest.put(topic, note);
        }
    }

    Optional<byte[]> take(String topic) {
        return Optional.ofNullable(newest.remove(topic));
    }
}
