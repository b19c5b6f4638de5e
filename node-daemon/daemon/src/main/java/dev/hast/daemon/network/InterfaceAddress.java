package dev.hast.daemon.network;

import java.net.InetAddress;

/// One address on an interface.
///
/// @param flags `IFA_F_*`
/// @param scope 0 is global, 253 link, 254 host
/// @param protocol the tag of who added it; 0 where none or unknown to the kernel
/// @param label of IPv4; empty where there is none
/// @param validSeconds until the kernel removes it; [#FOR_EVER]
public record InterfaceAddress(
        int interfaceIndex,
        InetAddress address,
        int prefix,
        int flags,
        int scope,
        int protocol,
        String label,
        long validSeconds) {

    public static final long FOR_EVER = 0xffff_ffffL;
}
