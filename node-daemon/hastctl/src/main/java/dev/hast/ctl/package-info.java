/// The command line of hastd.
///
/// May depend on the control API, picocli, gRPC and Jackson; not on the daemon or the core.
@NullMarked
package dev.hast.ctl;

import org.jspecify.annotations.NullMarked;
