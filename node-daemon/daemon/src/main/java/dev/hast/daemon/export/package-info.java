/// The export: the NBD server of a primary.
///
/// It speaks the fixed newstyle NBD protocol on a unix socket (and, by choice, on TCP with TLS) and
/// turns each request into one call of [dev.hast.daemon.export.Volume]. It decides nothing about
/// replication: whether a request may be served is the volume's business (safety rule S1).
///
/// Thread: everything but the constructors and the documented snapshot methods runs on the one
/// event loop of the resource.
///
/// May depend on: Netty, SLF4J, and of this program only `dev.hast.daemon.storage` (buffers and the
/// completion port).
@NullMarked
package dev.hast.daemon.export;

import org.jspecify.annotations.NullMarked;
