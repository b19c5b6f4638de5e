package dev.hast.operator.failover;

import java.util.List;
import java.util.Optional;

/// Who uses volumes, as Kubernetes has it.
public final class Uses {

    private Uses() {}

    /// A VolumeAttachment of a resource of ours that Kubernetes holds for made.
    public record Attached(String name, String resource, String node) {}

    /// A pod on a node.
    ///
    /// @param uid so that no other pod of that name is meant
    /// @param kept a person wants it left alone
    public record Running(
            String namespace,
            String name,
            String uid,
            String node,
            boolean kept,
            List<Used> volumes) {

        public Running {
            volumes = List.copyOf(volumes);
        }

        boolean uses(Attached attachment) {
            return node.equals(attachment.node())
                    && volumes.stream()
                            .anyMatch(used ->
                                    used.resource().equals(Optional.of(attachment.resource())));
        }

        @Override
        public String toString() {
            return namespace + "/" + name;
        }
    }

    /// A volume of a pod.
    ///
    /// @param what it is, for people
    /// @param resource if it is ours
    /// @param lasting it may be written to, and outlives the node: two writers would harm it
    public record Used(String what, Optional<String> resource, boolean lasting) {}
}
