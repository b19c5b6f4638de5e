/// The simulated world: disks, network, arbiter, clocks and the nodes that run a replica on them.
///
/// May depend on the kernel, on the core and on the JDK. Checkers watch it as a
/// [dev.hast.simulator.world.Observer].
@NullMarked
package dev.hast.simulator.world;

import org.jspecify.annotations.NullMarked;
