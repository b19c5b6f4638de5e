package dev.hast.daemon.network;

/// One network interface, as the kernel last told.
///
/// @param mac all zero where there is none
/// @param up an administrator wants it up
/// @param carrier the link is there
/// @param forwardsIpv6 it routes IPv6: its neighbour advertisements say so
public record InterfaceState(
        int index, String name, MacAddress mac, boolean up, boolean carrier, boolean forwardsIpv6) {

    /// Packets can leave by it.
    public boolean usable() {
        return up && carrier;
    }
}
