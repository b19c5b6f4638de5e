package dev.hast.crds.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hast.crds.v1alpha1.Cases.Case;
import dev.hast.daemon.document.DocumentSet;
import dev.hast.daemon.document.Documents;
import dev.hast.daemon.document.LoadOutcome;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Custom resources and the daemon's documents have the same fields, words, limits and defaults.
/// What only one of them has is listed here with the reason.
final class DaemonDocumentsTest {

    private static final String UNKNOWN = "qqqqqqqqqqqqqqqq";
    private static final Pattern KNOWN = Pattern.compile("known here: (.*?)(?:$|\\n)");
    private static final Pattern WORDS = Pattern.compile("is not known here; write (.*)");

    /// Everything that can be given, so that the reader looks at every part.
    private static final String RESOURCE =
            """
            apiVersion: hast.dev/v1alpha1
            kind: HastResource
            metadata: {name: database}
            spec:
              replicas: [{node: node-1, provider: /a, address: h1}]
              replication: {mode: fullsync}
              resync: {maxRate: 1Mi}
            """;

    private static final String ADDRESS =
            """
            apiVersion: hast.dev/v1alpha1
            kind: VirtualIP
            metadata: {name: service}
            spec:
              addresses: [192.0.2.10]
              vhid: 1
              nodes: [{node: node-1}]
              authentication: strict
              passwordFile: /p
              keys: [{id: 1, file: /k}]
              demotion: [{name: sql, tcp: "localhost:1"}]
              hooks: {up: /u}
            """;

    @Test
    void aResourceHasTheFieldsOfItsDocument() {
        assertThat(fields("hastresources", "spec"))
                .isEqualTo(with(known(RESOURCE, "spec"), "replicaCount", "pool", "reclaimPolicy"));
        assertThat(fields("hastresources", "spec", "replicas"))
                .isEqualTo(known(RESOURCE, "spec", "replicas"));
        assertThat(fields("hastresources", "spec", "replication"))
                .isEqualTo(known(RESOURCE, "spec", "replication"));
        assertThat(fields("hastresources", "spec", "resync"))
                .isEqualTo(known(RESOURCE, "spec", "resync"));
    }

    @Test
    void anAddressHasTheFieldsOfItsDocument() {
        final Set<String> expected =
                with(known(ADDRESS, "spec"), "passwordSecretRef", "serviceRef");
        // Secrets stand in place of files, and pods mount and run.
        expected.removeAll(List.of("passwordFile", "mounts", "services"));
        assertThat(fields("virtualips", "spec")).isEqualTo(expected);
        assertThat(fields("virtualips", "spec", "nodes"))
                .isEqualTo(known(ADDRESS, "spec", "nodes"));
        assertThat(fields("virtualips", "spec", "demotion"))
                .isEqualTo(known(ADDRESS, "spec", "demotion"));
        assertThat(fields("virtualips", "spec", "hooks"))
                .isEqualTo(known(ADDRESS, "spec", "hooks"));
        final Set<String> keys = with(known(ADDRESS, "spec", "keys"), "secretRef");
        keys.remove("file");
        assertThat(fields("virtualips", "spec", "keys")).isEqualTo(keys);
    }

    @Test
    void aFieldTakesTheWordsThatTheDaemonTakes() {
        for (var field : List.of("mode", "checksum", "compression")) {
            assertThat(words("hastresources", "spec", "replication", field))
                    .as(field)
                    .isEqualTo(knownWords(RESOURCE, "spec", "replication", field));
        }
        assertThat(words("hastresources", "spec", "onArbiterLost"))
                .isEqualTo(knownWords(RESOURCE, "spec", "onArbiterLost"));
        assertThat(words("virtualips", "spec", "authentication"))
                .isEqualTo(knownWords(ADDRESS, "spec", "authentication"));
        assertThat(words("virtualips", "spec", "onDuplicate"))
                .isEqualTo(knownWords(ADDRESS, "spec", "onDuplicate"));
    }

    @ParameterizedTest
    @MethodSource
    void theDaemonTakesWhatTheApiServerTakes(Case right) {
        assertThat(parsed(right)).isInstanceOf(LoadOutcome.Loaded.class);
    }

    static Stream<Case> theDaemonTakesWhatTheApiServerTakes() {
        return Cases.right().stream().filter(c -> !"not".equals(c.daemon()));
    }

    @ParameterizedTest
    @MethodSource
    void theDaemonRefusesWhatTheApiServerRefuses(Case wrong) {
        assertThat(parsed(wrong)).isInstanceOf(LoadOutcome.Refused.class);
    }

    static Stream<Case> theDaemonRefusesWhatTheApiServerRefuses() {
        return Cases.wrong().stream().filter(c -> "asked".equals(c.daemon()));
    }

    @ParameterizedTest
    @MethodSource("theDaemonTakesWhatTheApiServerTakes")
    void aDefaultOfTheApiServerIsTheDaemonsDefault(Case right) {
        final ObjectNode object = right.object();
        final LoadOutcome plain = Documents.parse(Map.of("case", document(object)));
        fill((ObjectNode) object.get("spec"), schema(right.kind(), "spec"));
        final LoadOutcome filled = Documents.parse(Map.of("case", document(object)));
        assertThat(loaded(filled)).isEqualTo(loaded(plain));
    }

    private static DocumentSet loaded(LoadOutcome outcome) {
        return switch (outcome) {
            case LoadOutcome.Loaded(DocumentSet documents) -> documents;
            case LoadOutcome.Refused refused -> throw new AssertionError(refused.text());
        };
    }

    private static LoadOutcome parsed(Case of) {
        final Map<String, String> texts = new LinkedHashMap<>();
        if (of.kind().equals("VirtualIP") && of.object().at("/spec/follows").size() == 1) {
            texts.put("followed", RESOURCE);
        }
        texts.put("case", document(of.object()));
        return Documents.parse(texts);
    }

    /// The object as a daemon gets it: files in place of Secrets.
    private static String document(ObjectNode object) {
        final ObjectNode copy = object.deepCopy();
        final ObjectNode spec = (ObjectNode) copy.get("spec");
        spec.remove("reclaimPolicy");
        spec.remove("serviceRef");
        if (spec.remove("passwordSecretRef") != null) {
            spec.put("passwordFile", "/secrets/password");
        }
        if (spec.get("keys") instanceof ArrayNode keys) {
            keys.forEach(key -> {
                ((ObjectNode) key).remove("secretRef");
                ((ObjectNode) key).put("file", "/secrets/" + key.path("id").asText());
            });
        }
        return copy.toString();
    }

    /// What the API server does with defaults.
    private static void fill(ObjectNode object, JSONSchemaProps schema) {
        schema.getProperties()
                .forEach((name, field) -> {
                    if (!object.has(name) && field.getDefault() != null) {
                        object.set(name, field.getDefault().deepCopy());
                    }
                    final JsonNode value = object.get(name);
                    if (value instanceof ObjectNode inner) {
                        fill(inner, field);
                    } else if (value instanceof ArrayNode items
                            && field.getItems().getSchema().getType().equals("object")) {
                        items.forEach(
                                item -> fill((ObjectNode) item, field.getItems().getSchema()));
                    }
                });
    }

    private static Set<String> with(Set<String> fields, String... more) {
        final Set<String> out = new TreeSet<>(fields);
        out.addAll(Arrays.asList(more));
        return out;
    }

    private static Set<String> fields(String plural, String... path) {
        return new TreeSet<>(byPlural(plural, path).getProperties().keySet());
    }

    private static Set<String> words(String plural, String... path) {
        final Set<String> words = new TreeSet<>();
        byPlural(plural, path).getEnum().forEach(word -> words.add(word.asText()));
        return words;
    }

    private static JSONSchemaProps schema(String kind, String... path) {
        return byPlural(kind.toLowerCase(java.util.Locale.ROOT) + "s", path);
    }

    private static JSONSchemaProps byPlural(String plural, String... path) {
        JSONSchemaProps at =
                Serialization.unmarshal(
                                Definitions.checkedIn(plural + ".hast.dev.yaml"),
                                CustomResourceDefinition.class)
                        .getSpec()
                        .getVersions()
                        .getFirst()
                        .getSchema()
                        .getOpenAPIV3Schema();
        for (var name : path) {
            at = at.getProperties().get(name);
            if (at.getItems() != null) {
                at = at.getItems().getSchema();
            }
        }
        return at;
    }

    /// The fields that the daemon says it knows when it is given one that it does not.
    private static Set<String> known(String document, String... path) {
        return listed(KNOWN, document, UNKNOWN, path);
    }

    private static Set<String> knownWords(String document, String... path) {
        return listed(WORDS, document, path[path.length - 1], Arrays.copyOf(path, path.length - 1));
    }

    private static Set<String> listed(Pattern form, String document, String field, String... path) {
        final JsonNode root = Cases.tree(document);
        JsonNode at = root;
        for (var name : path) {
            at = at.get(name);
            at = at.isArray() ? at.get(0) : at;
        }
        ((ObjectNode) at).put(field, UNKNOWN);
        final String said =
                Documents.parse(Map.of("asked", root.toString()))
                                instanceof LoadOutcome.Refused refused
                        ? refused.text()
                        : "";
        final var list = form.matcher(said);
        assertThat(list.find()).as(said).isTrue();
        return new TreeSet<>(List.of(list.group(1).split(", | or ")));
    }
}
