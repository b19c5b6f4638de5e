/// The control API's server: gRPC on the node's unix socket, and by mutual TLS for other nodes.
///
/// It translates, guards and streams; what the requests do is behind [ControlTarget], in plain
/// Java. Requests run on virtual threads and may block.
///
/// May depend on: the JDK, jspecify, gRPC, Netty, SLF4J, `dev.hast.control.v1`,
/// `dev.hast.daemon.document`, `dev.hast.daemon.metrics`, `dev.hast.daemon.pki`. Only this package
/// builds gRPC statuses.
@NullMarked
package dev.hast.daemon.control;

import org.jspecify.annotations.NullMarked;
