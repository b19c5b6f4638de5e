package dev.hast.core.address;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.TreeSet;

/// The addresses of one group, in the order in which CARP hashes them: IPv4 ascending, then IPv6
/// ascending, without scopes and without doubles. All nodes of a group need the same list.
///
/// @param addresses 1 to [#MOST]
public record AddressList(List<IpAddress> addresses) {

    public static final int MOST = 64;

    public AddressList {
        final TreeSet<IpAddress> sorted = new TreeSet<>();
        addresses.forEach(address -> sorted.add(address.withoutScope()));
        if (sorted.isEmpty() || sorted.size() > MOST) {
            throw new IllegalArgumentException(
                    "a group has 1 to " + MOST + " addresses, not " + sorted.size());
        }
        addresses = List.copyOf(sorted);
    }

    boolean hasLinkLocal() {
        return addresses.stream().anyMatch(IpAddress::linkLocal);
    }

    /// The first 8 bytes of the SHA-256 of all addresses.
    long digest() {
        try {
            final MessageDigest sha = MessageDigest.getInstance("SHA-256");
            addresses.forEach(address -> sha.update(address.bytes()));
            return ByteBuffer.wrap(sha.digest()).getLong();
        } catch (NoSuchAlgorithmException missing) {
            throw new IllegalStateException("this Java has no SHA-256", missing);
        }
    }
}
