package dev.hast.core.address;

import java.util.List;

/// What a reader accepts.
///
/// @param keys of trailers; [Keyring#of] the password unless the group has its own
/// @param strict whether plain adverts are refused
/// @param anyTtl for unicast peers behind a router
/// @param sender this node's number
/// @param own this node's source addresses on the interface
public record ReaderSettings(
        int vhid,
        AddressList addresses,
        Password password,
        Keyring keys,
        boolean strict,
        boolean anyTtl,
        long sender,
        List<IpAddress> own) {

    public ReaderSettings {
        own = List.copyOf(own);
    }
}
