/// The rules that a simulated cluster is held to: invariants after every event, and the clients'
/// history at the end.
///
/// May depend on the kernel, the world, the core and the JDK.
@NullMarked
package dev.hast.simulator.check;

import org.jspecify.annotations.NullMarked;
