package dev.hast.ctl.hastconf;

import dev.hast.daemon.document.Endpoint;
import java.util.Optional;

/// HAST's addresses: `[tcp://|tcp4://|tcp6://]host[:port]`, IPv6 with or without brackets.
final class Address {

    private Address() {}

    static Optional<Endpoint> parse(String text) {
        var bare = text.replaceFirst("^tcp[46]?://", "");
        boolean bareIpv6 = !bare.startsWith("[") && bare.chars().filter(c -> c == ':').count() > 1;
        try {
            return Optional.of(
                    Endpoint.parse(bareIpv6 ? "[" + bare + "]" : bare, Endpoint.REPLICATION_PORT));
        } catch (IllegalArgumentException _) {
            return Optional.empty();
        }
    }
}
