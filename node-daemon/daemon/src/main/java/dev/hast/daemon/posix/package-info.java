/// Linux system calls that the JDK does not offer, by `java.lang.foreign`: small, typed, one class
/// per family.
///
/// Every call returns its result, or the negative errno; nothing here throws for an error of the
/// kernel, so that a hot path can branch on an `int`. [dev.hast.daemon.posix.PosixException] is for
/// callers who prefer an exception.
///
/// May depend on the JDK only. Other families (sockets, netlink) live with their users and build
/// their handles with [dev.hast.daemon.posix.NativeFunctions].
@NullMarked
package dev.hast.daemon.posix;

import org.jspecify.annotations.NullMarked;
