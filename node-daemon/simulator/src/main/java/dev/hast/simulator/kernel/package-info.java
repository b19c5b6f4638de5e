/// What every part of a simulation stands on: the seeded random source, virtual time, the trace,
/// and the options that a seed draws.
///
/// May depend on the core's settings and the JDK.
@NullMarked
package dev.hast.simulator.kernel;

import org.jspecify.annotations.NullMarked;
