/// Tests of the whole product against real kernels, clients and processes.
///
/// May depend on everything.
@NullMarked
package dev.hast.e2e;

import org.jspecify.annotations.NullMarked;
