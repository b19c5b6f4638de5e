package dev.hast.crds.v1alpha1;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

/// Objects that are right and objects that are wrong, each made from a right one by what is set in
/// its spec. The files hold one case a line.
final class Cases {

    private static final YAMLMapper YAML = YAMLMapper.builder().build();

    private static final Map<String, String> RIGHT =
            Map.of(
                    "HastResource",
                    """
                    size: 10Gi
                    replicas:
                      - {node: node-1, provider: /dev/vg0/a, address: 192.0.2.1}
                      - {node: node-2, provider: /dev/vg0/a, address: "192.0.2.2:9000"}
                    """,
                    "VirtualIP",
                    """
                    addresses: [192.0.2.10]
                    vhid: 1
                    nodes:
                      - {node: node-1}
                      - {node: node-2, advskew: 100}
                    passwordSecretRef: {namespace: hast-system, name: password}
                    """,
                    "HastPool",
                    """
                    path: /var/lib/hast/pool
                    """);

    /// One object.
    ///
    /// @param set fields of the spec in place of a right one's; null takes one out
    /// @param message what the person sees, where it is wrong
    /// @param daemon `asked` or `not`: whether the daemon has to judge as the API server does
    record Case(String kind, String name, ObjectNode set, String message, String daemon) {
        @Override
        public String toString() {
            return kind + " " + name;
        }

        ObjectNode object() {
            final ObjectNode object = YAML.createObjectNode();
            object.put("apiVersion", "hast.dev/v1alpha1");
            object.put("kind", kind);
            object.putObject("metadata").put("name", name);
            final ObjectNode spec = (ObjectNode) tree(RIGHT.get(kind));
            set.properties()
                    .forEach(field -> {
                        if (field.getValue().isNull()) {
                            spec.remove(field.getKey());
                        } else {
                            spec.set(field.getKey(), field.getValue());
                        }
                    });
            object.set("spec", spec);
            return object;
        }
    }

    private Cases() {}

    static List<Case> wrong() {
        return read("/wrong.yaml");
    }

    static List<Case> right() {
        return read("/right.yaml");
    }

    static com.fasterxml.jackson.databind.JsonNode tree(String yaml) {
        try {
            return YAML.readTree(yaml);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Case> read(String file) {
        try (var in = Cases.class.getResourceAsStream(file)) {
            return List.of(YAML.readValue(in, Case[].class));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
