package dev.hast.operator.plan;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hast.crds.v1alpha1.HastResourceSpec;
import dev.hast.operator.plan.Wanted.Volume;
import java.util.Map;
import java.util.Optional;

/// Composes the documents that daemons get of objects: the same fields, without what is the
/// operator's own. The text is JSON, which is YAML, and the same object always gives the same text.
public final class DocumentText {

    private static final ObjectMapper JSON = new ObjectMapper();

    /// HAST's registered port: where daemons listen for their peers unless an object says
    /// otherwise.
    private static final int PORT = 8457;

    private DocumentText() {}

    /// What comes of an object.
    public sealed interface Composed {}

    /// A document.
    public record Text(String text) implements Composed {}

    /// No document can be made, and why.
    public record Impossible(String reason, String words) implements Composed {}

    /// What a document of a resource is called.
    public static String nameOf(String resource) {
        return "HastResource/" + resource;
    }

    /// The document of a resource.
    ///
    /// @param addresses of nodes, by name
    public static Composed of(Volume volume, Map<String, String> addresses) {
        if (volume.spec().replicaCount() != null) {
            return new Impossible(
                    "NotPlaced",
                    "this version places no replicas; list them under spec.replicas instead of replicaCount and pool");
        }
        final ObjectNode document = JSON.createObjectNode();
        document.put("apiVersion", "hast.dev/v1alpha1").put("kind", "HastResource");
        document.putObject("metadata").put("name", volume.name());
        final ObjectNode spec = JSON.valueToTree(volume.spec());
        spec.remove("reclaimPolicy");
        spec.remove("replicas");
        final var replicas = spec.putArray("replicas");
        for (HastResourceSpec.ReplicaSpec replica : volume.spec().replicas()) {
            if (replica.provider() == null) {
                return new Impossible(
                        "NotPlaced",
                        "this version makes no providers in pools; give the replica on %s a provider path"
                                .formatted(replica.node()));
            }
            final Optional<String> address =
                    Optional.ofNullable(replica.address())
                            .or(() ->
                                    Optional.ofNullable(addresses.get(replica.node()))
                                            .map(DocumentText::endpoint));
            if (address.isEmpty()) {
                return new Impossible(
                        "NodeMissing",
                        "there is no node %s with an address; correct spec.replicas, or add the node"
                                .formatted(replica.node()));
            }
            final ObjectNode entry = replicas.addObject();
            entry.put("node", replica.node())
                    .put("provider", replica.provider())
                    .put("address", address.get());
            if (replica.source() != null) {
                entry.put("source", replica.source());
            }
        }
        document.set("spec", spec);
        return new Text(document.toString());
    }

    private static String endpoint(String address) {
        return (address.contains(":") ? "[" + address + "]" : address) + ":" + PORT;
    }
}
