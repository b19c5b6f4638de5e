package dev.hast.daemon.network;

import java.net.Inet4Address;
import java.net.InetAddress;

/// An address that moves between nodes, and the interface that it belongs on here.
///
/// @param interfaceIndex of this node's interface
public record ServiceAddress(int interfaceIndex, String interfaceName, InetAddress address) {

    public boolean isIpv4() {
        return address instanceof Inet4Address;
    }

    /// As users write it, such as `10.0.0.1 on eth0`.
    @Override
    public String toString() {
        return address.getHostAddress() + " on " + interfaceName;
    }
}
