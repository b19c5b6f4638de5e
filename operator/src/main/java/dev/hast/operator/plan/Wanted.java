package dev.hast.operator.plan;

import dev.hast.crds.v1alpha1.HastResourceSpec;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What people want, at one moment.
///
/// @param resources by name
/// @param addresses of nodes, by name: where their daemons listen unless an object says otherwise;
///   a node that is not in it does not exist
public record Wanted(Map<String, Volume> resources, Map<String, String> addresses) {

    public Wanted {
        resources = new TreeMap<>(resources);
        addresses = new TreeMap<>(addresses);
    }

    /// A `HastResource`.
    ///
    /// @param id of the volume, as its status has it; empty before it is known
    /// @param deleting whether it is being deleted
    public record Volume(
            String name,
            long generation,
            HastResourceSpec spec,
            Optional<String> id,
            boolean deleting) {

        /// Nodes that hold a replica, in the order of the object.
        public List<String> nodes() {
            return spec.replicas().stream().map(HastResourceSpec.ReplicaSpec::node).toList();
        }
    }

    /// Volumes with a replica on a node, in the order of their names.
    public List<Volume> on(String node) {
        return resources.values().stream()
                .filter(volume -> volume.nodes().contains(node))
                .sorted(Comparator.comparing(Volume::name))
                .toList();
    }
}
