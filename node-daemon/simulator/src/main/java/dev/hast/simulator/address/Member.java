package dev.hast.simulator.address;

import dev.hast.core.address.IpAddress;

/// A machine on the segment.
sealed interface Member permits ElectionNode, PlainPeer {

    int index();

    default IpAddress source() {
        return AddressOptions.address(index());
    }

    /// Whether it answers for the address now, on its own side of the link.
    boolean answers();

    /// A packet arrives.
    void arrived(byte[] packet, IpAddress source);
}
