/// The arbiter: the register that holds each resource's configuration and changes it only by
/// compare-and-set.
///
/// [Arbiter] is the port; etcd, Leases in Kubernetes, a directory on one machine, and `none` stand
/// behind it. May depend on `dev.hast.core.configuration`, `dev.hast.core.replication` (the answers
/// that the core understands), `dev.hast.daemon.document`, gRPC, Netty, java.net.http, Jackson and
/// SLF4J.
@NullMarked
package dev.hast.daemon.arbiter;

import org.jspecify.annotations.NullMarked;
