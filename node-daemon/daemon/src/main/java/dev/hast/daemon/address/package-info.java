/// Service addresses of a node: drives the election of each group, and does what it asks for, with
/// the kernel, the followed resources, and what runs on them.
///
/// One thread, [dev.hast.daemon.address.AddressLoop], owns all of it; what may block runs elsewhere
/// and comes back to it.
///
/// May depend on: the core's `address`, documents, network, packet, guard, posix, hook, the control
/// API's messages, metrics. Resources are reached by [dev.hast.daemon.address.Storage].
@NullMarked
package dev.hast.daemon.address;

import org.jspecify.annotations.NullMarked;
