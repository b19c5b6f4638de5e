/// Netlink: requests to the kernel and its answers and news, whatever the subsystem.
///
/// May depend on the JDK and `dev.hast.daemon.posix`. What a message means is its user's business.
@NullMarked
package dev.hast.daemon.netlink;

import org.jspecify.annotations.NullMarked;
