/// Faults on purpose: a [dev.hast.daemon.storage.Provider] around another that fails, delays or
/// swallows requests by rules.
///
/// Only for tests. A daemon uses it if, and only if, it was started with
/// `-Dhast.test.faults=DIRECTORY` ([dev.hast.daemon.storage.fault.FaultInjection]); no document,
/// request or signal can switch it on.
///
/// May depend on: `storage`, `posix`, Netty's buffers and event loops, SLF4J.
@NullMarked
package dev.hast.daemon.storage.fault;

import org.jspecify.annotations.NullMarked;
