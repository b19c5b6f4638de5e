/// The service address of one group on one node: the adverts on the wire
/// ([dev.hast.core.address.AdvertReader], [dev.hast.core.address.AdvertWriter]) and the election of
/// the holder ([dev.hast.core.address.Election]), a deterministic, single-threaded machine.
///
/// No clock, no thread, no randomness, no I/O: time and random numbers are passed in. May depend on
/// the JDK (of it, `javax.crypto` for the digests) and on nothing else.
@NullMarked
package dev.hast.core.address;

import org.jspecify.annotations.NullMarked;
