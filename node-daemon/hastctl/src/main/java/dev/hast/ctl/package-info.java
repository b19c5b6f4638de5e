/// The command line of hastd: what a person types and reads.
///
/// May depend on the control API, picocli, gRPC, Netty, and of the daemon on its documents and
/// certificates alone: what serves volumes is asked through the control API and never called.
@NullMarked
package dev.hast.ctl;

import org.jspecify.annotations.NullMarked;
