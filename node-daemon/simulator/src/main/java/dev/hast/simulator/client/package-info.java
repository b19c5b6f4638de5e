/// The clients: they write self-describing blocks, overlap on purpose, read, flush and trim, and
/// note what they were told.
///
/// May depend on the kernel, the world, the history and the JDK.
@NullMarked
package dev.hast.simulator.client;

import org.jspecify.annotations.NullMarked;
