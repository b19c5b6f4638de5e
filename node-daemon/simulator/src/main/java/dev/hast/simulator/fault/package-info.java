/// What happens to a cluster: faults, operators, and at the end the healing after which it must
/// converge.
///
/// May depend on the kernel, the world, the clients and the JDK.
@NullMarked
package dev.hast.simulator.fault;

import org.jspecify.annotations.NullMarked;
