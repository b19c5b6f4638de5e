/// The functional core: replication, membership and resync as deterministic, single-threaded
/// machines.
///
/// May depend on the JDK's language, collection and time types and on JSpecify, on nothing else: no
/// clock, random source, socket, file, thread or logger. Time and every outside fact come in as
/// events; what is to happen goes out as commands.
@NullMarked
package dev.hast.core;

import org.jspecify.annotations.NullMarked;
