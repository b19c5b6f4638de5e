/// Packets that a service address needs and no ordinary socket can send or hear: CARP adverts; ARP
/// and neighbour discovery for announcing an address, asking whether it is free, and hearing that
/// someone else claims it; tickles for the clients of an earlier holder.
///
/// May depend on the JDK, SLF4J, `dev.hast.daemon.posix`, `dev.hast.daemon.netlink` and
/// `dev.hast.daemon.network`. It judges no advert and holds no election: that is the core's.
@NullMarked
package dev.hast.daemon.packet;

import org.jspecify.annotations.NullMarked;
