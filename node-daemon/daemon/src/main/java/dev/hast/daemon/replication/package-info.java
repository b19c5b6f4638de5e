/// The replication data plane: framed links between the nodes of a resource, over mutual TLS.
///
/// Turns the core's messages into bytes and back; decides nothing. Formats:
/// `docs/reference/replication-protocol.md`. May depend on core, storage (buffers), pki, document,
/// metrics and Netty.
@NullMarked
package dev.hast.daemon.replication;

import org.jspecify.annotations.NullMarked;
