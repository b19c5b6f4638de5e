package dev.hast.daemon.address;

import dev.hast.core.address.Advert;
import dev.hast.core.address.Intent;
import dev.hast.core.address.Trailer;
import dev.hast.daemon.document.VirtualIpDocument;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Who else was heard in a group. On the loop.
final class GroupPeers {

    /// Who was not heard for so long is forgotten.
    private static final Duration KEPT = Duration.ofMinutes(10);

    private static final int PEERS_MAX = 64;

    /// Somebody whose adverts were taken.
    ///
    /// @param node one of ours; empty: another make
    /// @param intent absent: another make, which advertises only while it holds
    record Peer(
            Optional<String> node,
            InetAddress address,
            int advbase,
            int advskew,
            Optional<Intent> intent,
            Instant heard) {

        boolean holds() {
            return intent.isEmpty() ? advbase != 255 : intent.get() == Intent.HOLD;
        }
    }

    private final Map<Long, String> nodes = new LinkedHashMap<>();
    private final Map<InetAddress, Peer> heard = new LinkedHashMap<>();

    GroupPeers(VirtualIpDocument document) {
        document(document);
    }

    void document(VirtualIpDocument document) {
        nodes.clear();
        document.holders()
                .forEach(holder -> nodes.put(GroupSettings.senderOf(holder.node()), holder.node()));
    }

    Optional<String> nodeOf(long sender) {
        return Optional.ofNullable(nodes.get(sender));
    }

    void heard(Advert advert, InetAddress source, Instant now) {
        final Trailer trailer = advert.trailer();
        heard.values().removeIf(peer -> peer.heard().plus(KEPT).isBefore(now));
        if (heard.size() < PEERS_MAX || heard.containsKey(source)) {
            heard.put(
                    source,
                    new Peer(
                            trailer == null ? Optional.empty() : nodeOf(trailer.sender()),
                            source,
                            advert.advbase(),
                            advert.advskew(),
                            trailer == null ? Optional.empty() : Optional.of(trailer.intent()),
                            now));
        }
    }

    /// Whether somebody was last heard as the holder, after that moment.
    boolean anyHolds(Instant since) {
        return heard.values().stream()
                .anyMatch(peer -> peer.holds() && peer.heard().isAfter(since));
    }

    List<Peer> all() {
        return heard.values().stream()
                .sorted(Comparator.comparing(Peer::heard).reversed())
                .toList();
    }
}
