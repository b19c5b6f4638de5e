/// One resource on one node: feeds the core's replica with what happens and carries out what it
/// commands.
///
/// Everything of a resource runs on one event loop. May depend on every other package of the daemon
/// but `control` and `Main`.
@NullMarked
package dev.hast.daemon.resource;

import org.jspecify.annotations.NullMarked;
