/// The replica of one resource on one node: a deterministic, single-threaded machine. Events come
/// in as method calls on [dev.hast.core.replication.Replica], commands go out as calls on
/// [dev.hast.core.replication.Effects].
///
/// No clock, no thread, no randomness, no I/O: time and random numbers are passed in. May depend on
/// the other packages of the core and on nothing else.
@NullMarked
package dev.hast.core.replication;

import org.jspecify.annotations.NullMarked;
