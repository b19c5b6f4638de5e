package dev.hast.daemon.arbiter;

import dev.hast.daemon.arbiter.etcd.v3.ResponseHeader;
import java.util.Optional;

/// What we know of the one cluster that we talk to: its id, and how far its revision had come.
/// Owned by the arbiter's event loop.
///
/// Guards against endpoints of two clusters in one list, and against a cluster that was set back to
/// an older copy while we ran: either would make the register forget configurations that somebody
/// serves under. It knows nothing of the time before this process; there the replicas' disks, which
/// hold the newest configuration that each knew, are the guard.
final class EtcdLineage {

    private long clusterId;
    private long revision;

    /// The highest revision answered so far. What is asked from now on must not be answered with a
    /// lower one.
    long revision() {
        return revision;
    }

    /// @param floor [#revision] when the request was sent
    /// @return what is wrong, if anything is
    Optional<String> check(String member, ResponseHeader header, long floor) {
        if (clusterId != 0 && clusterId != header.getClusterId()) {
            return Optional.of(
                    "etcd at %s belongs to cluster %x, and the other endpoints to cluster %x; name the members of one cluster only"
                            .formatted(member, header.getClusterId(), clusterId));
        }
        if (header.getRevision() < floor) {
            return Optional.of(
                    ("etcd at %s has gone back from revision %d to %d: it was set back to an older copy and may have forgotten"
                                    + " configurations; compare its records with the replicas (hastctl dump), mend them, and restart hastd")
                            .formatted(member, floor, header.getRevision()));
        }
        clusterId = header.getClusterId();
        revision = Math.max(revision, header.getRevision());
        return Optional.empty();
    }
}
