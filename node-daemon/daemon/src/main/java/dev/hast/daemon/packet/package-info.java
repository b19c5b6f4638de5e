/// Packets that a service address needs and no ordinary socket can send or hear: CARP adverts, and
/// ARP and neighbour discovery for announcing an address, asking whether it is free, and hearing
/// that someone else claims it.
///
/// May depend on the JDK, SLF4J, `dev.hast.daemon.posix` and `dev.hast.daemon.network`. It judges
/// no advert and holds no election: that is the core's.
@NullMarked
package dev.hast.daemon.packet;

import org.jspecify.annotations.NullMarked;
