/// The node's network interfaces and the service addresses on them, by rtnetlink: what is there,
/// what other programs do to it, and what this daemon adds and takes away.
///
/// Also [dev.hast.daemon.network.SocketPoller], the one thread that waits for sockets. How it all
/// hangs together: `docs/explanation/service-address.md`.
///
/// May depend on the JDK, SLF4J, `dev.hast.daemon.posix` and `dev.hast.daemon.netlink`.
@NullMarked
package dev.hast.daemon.network;

import org.jspecify.annotations.NullMarked;
