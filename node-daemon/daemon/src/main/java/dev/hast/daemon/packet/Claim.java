package dev.hast.daemon.packet;

import dev.hast.daemon.network.MacAddress;
import java.net.InetAddress;

/// Someone on the segment has said that an address of ours is theirs.
///
/// @param address the service address
/// @param by the hardware address that it is said to have
/// @param message how it was said
public record Claim(InetAddress address, MacAddress by, Message message) {

    public enum Message {
        ARP_REQUEST,
        ARP_REPLY,
        NEIGHBOUR_SOLICITATION,
        NEIGHBOUR_ADVERTISEMENT
    }
}
