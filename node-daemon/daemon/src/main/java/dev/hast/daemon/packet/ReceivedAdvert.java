package dev.hast.daemon.packet;

import java.net.InetAddress;

/// What came in as protocol 112, not judged in any way: it may be no advert at all.
///
/// @param source as the IP header says
/// @param hopLimit 255 unless a router has had it in its hands; of IPv4 the TTL
/// @param toGroup it was sent to a multicast group, not to this node alone
/// @param bytes what follows the IP header, at most [CarpSocket#ADVERT_BYTES_MAX]
public record ReceivedAdvert(InetAddress source, int hopLimit, boolean toGroup, byte[] bytes) {}
