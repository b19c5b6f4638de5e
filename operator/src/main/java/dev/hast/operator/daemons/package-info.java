/// Speaks to the daemons: one connection for each node, by mutual TLS, over the control API.
///
/// May use `plan` and gRPC, nothing of Kubernetes.
@NullMarked
package dev.hast.operator.daemons;

import org.jspecify.annotations.NullMarked;
