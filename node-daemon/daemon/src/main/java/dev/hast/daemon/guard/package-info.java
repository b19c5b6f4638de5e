/// The dead-man's guard: rules of nftables that drop the traffic of a service address unless this
/// daemon said a moment ago that it holds it. So a daemon that is dead, frozen or late is silent.
///
/// What it protects against, and how: `docs/explanation/service-address.md`.
///
/// May depend on the JDK, SLF4J, `dev.hast.daemon.posix`, `dev.hast.daemon.netlink` and
/// `dev.hast.daemon.network`.
@NullMarked
package dev.hast.daemon.guard;

import org.jspecify.annotations.NullMarked;
