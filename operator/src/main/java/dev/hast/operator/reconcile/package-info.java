/// Thin: takes what Kubernetes and the daemons say to the pure parts, and writes what they decide.
///
/// May use everything of the operator, and the Kubernetes client.
@NullMarked
package dev.hast.operator.reconcile;

import org.jspecify.annotations.NullMarked;
