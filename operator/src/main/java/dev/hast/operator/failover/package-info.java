/// The Kubernetes half of failover: which pods and attachments on a node that has lost a volume
/// have to go. Pure.
///
/// May use what is observed of the daemons.
@NullMarked
package dev.hast.operator.failover;

import org.jspecify.annotations.NullMarked;
