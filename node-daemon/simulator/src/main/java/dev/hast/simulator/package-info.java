/// Seeded clusters of cores on simulated disks, networks, clocks and arbiters, with the checkers of
/// what they did.
///
/// May depend on the core and the JDK. The same seed gives the same run.
@NullMarked
package dev.hast.simulator;

import org.jspecify.annotations.NullMarked;
