/// Seeded segments of elections of an address's holder, with plain CARP peers, a lossy network,
/// clocks that drift, daemons that freeze and die, and the checker of what they did.
///
/// May depend on the core's `address` package, the simulator's kernel and the JDK. The same seed
/// gives the same run.
@NullMarked
package dev.hast.simulator.address;

import org.jspecify.annotations.NullMarked;
