package dev.hast.daemon.arbiter;

import dev.hast.core.configuration.Configuration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// How far each Lease had come when we last saw it. Owned by the arbiter's thread.
///
/// Guards against an API server whose store was set back to an older copy while we ran, and against
/// an older record put into the place of a newer one by hand: either would make the register forget
/// configurations that somebody serves under. It knows nothing of the time before this process;
/// there the replicas' disks, which hold the newest configuration that each knew, are the guard.
final class LeaseLineage {

    private final Map<String, Seen> seen = new HashMap<>();

    private record Seen(String uid, Revision revision, Configuration configuration) {}

    /// What the Lease of this name must not fall behind, for requests that are made from now on.
    record Floor(Optional<String> uid, Revision revision) {}

    Floor floor(String name) {
        final Seen last = seen.get(name);
        return last == null
                ? new Floor(Optional.empty(), Revision.ABSENT)
                : new Floor(Optional.of(last.uid()), last.revision());
    }

    /// Notes what was read.
    ///
    /// @param floor [#floor] when the request was made
    /// @return what is wrong, if anything is
    Optional<String> check(Floor floor, Lease lease, Configuration configuration) {
        if (floor.uid().filter(lease.uid()::equals).isPresent()
                && lease.revision().compareTo(floor.revision()) < 0) {
            return Optional.of(
                    "it has gone back from resourceVersion %s to %s: the API server's store was set back to an older copy"
                            .formatted(floor.revision(), lease.revision()));
        }
        final Seen last = seen.get(lease.name());
        if (last == null
                || !last.configuration().resource().equals(configuration.resource())
                || configuration.epoch() > last.configuration().epoch()) {
            note(lease, configuration);
            return Optional.empty();
        }
        if (configuration.equals(last.configuration())) {
            if (!lease.uid().equals(last.uid())
                    || lease.revision().compareTo(last.revision()) > 0) {
                note(lease, configuration);
            }
            return Optional.empty();
        }
        if (lease.uid().equals(last.uid()) && lease.revision().compareTo(last.revision()) < 0) {
            // An answer that was overtaken by a newer one: true when it was given.
            return Optional.empty();
        }
        return Optional.of(
                configuration.epoch() < last.configuration().epoch()
                        ? "it has gone back from epoch %d to %d: an older record was put into its place"
                                .formatted(last.configuration().epoch(), configuration.epoch())
                        : "it was edited by hand: epoch %d was another configuration before"
                                .formatted(configuration.epoch()));
    }

    /// Notes what we wrote: whatever stood there before, this is what we go by now.
    void note(Lease lease, Configuration configuration) {
        seen.put(lease.name(), new Seen(lease.uid(), lease.revision(), configuration));
    }
}
