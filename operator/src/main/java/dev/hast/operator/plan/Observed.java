package dev.hast.operator.plan;

import dev.hast.control.v1.ResourceState;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.Role;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What the daemons report, at one moment.
///
/// @param daemons by node
public record Observed(Map<String, Daemon> daemons) {

    public Observed {
        daemons = new TreeMap<>(daemons);
    }

    /// How a daemon can be reached.
    public enum Link {
        /// Nothing is known yet: it has neither answered nor failed to.
        UNKNOWN,
        /// Its status is complete and up to date.
        CONNECTED,
        /// It does not answer.
        LOST
    }

    /// One daemon.
    ///
    /// @param acknowledged the documents that it has taken over from us in this life of its, by
    ///   name; absent: nothing has been sent yet
    /// @param refused documents that it did not take, by name, in the words of the refusal
    /// @param resources as it reports them
    public record Daemon(
            String node,
            Link link,
            Optional<Map<String, String>> acknowledged,
            Map<String, Refusal> refused,
            Map<String, ResourceStatus> resources) {

        public Daemon {
            acknowledged = acknowledged.map(TreeMap::new);
            refused = new TreeMap<>(refused);
            resources = new TreeMap<>(resources);
        }

        /// One of which nothing is known yet.
        public static Daemon unknown(String node) {
            return new Daemon(node, Link.UNKNOWN, Optional.empty(), Map.of(), Map.of());
        }

        public boolean connected() {
            return link == Link.CONNECTED;
        }
    }

    /// A document that was not taken.
    ///
    /// @param text of the document
    /// @param words why
    public record Refusal(String text, String words) {}

    public Daemon on(String node) {
        return daemons.getOrDefault(node, Daemon.unknown(node));
    }

    /// What the daemons that can be heard report of a resource, in the order of the nodes.
    public List<Seen> of(String resource, List<String> nodes) {
        return nodes.stream()
                .map(this::on)
                .filter(Daemon::connected)
                .flatMap(daemon ->
                        Optional.ofNullable(daemon.resources().get(resource))
                                .map(status -> new Seen(daemon.node(), status))
                                .stream())
                .toList();
    }

    /// Whose word counts: the report with the highest epoch, at the same epoch the primary's, which
    /// sees its peers.
    public Optional<Seen> newest(String resource, List<String> nodes) {
        return of(resource, nodes).stream()
                .filter(one -> one.status().getEpoch() > 0)
                .max(
                        Comparator.<Seen>comparingLong(one -> one.status().getEpoch())
                                .thenComparing(one -> one.node().equals(one.status().getPrimary()))
                                .thenComparing(one -> one.status().getRole() == Role.ROLE_PRIMARY));
    }

    /// The one that says that it serves the resource, under the highest epoch that is known.
    public Optional<Seen> serving(String resource, List<String> nodes) {
        return newest(resource, nodes)
                .filter(one ->
                        one.status().getState() == ResourceState.RESOURCE_STATE_SERVING
                                && one.status().getPrimary().equals(one.node()));
    }

    /// One daemon's report of one resource.
    public record Seen(String node, ResourceStatus status) {}
}
