package dev.hast.crds.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// The tables of `docs/reference/custom-resources.md` are what the definitions say.
/// `-Dgolden.write=true` writes them anew; what stands above the first table is written by hand.
final class ReferenceTest {

    private static final Path PAGE =
            Path.of("").toAbsolutePath().getParent().resolve("docs/reference/custom-resources.md");
    private static final String TABLES = "<!-- What follows is made of the definitions. -->\n";

    @Test
    void theReferenceSaysWhatTheDefinitionsSay() throws IOException {
        final String page = Files.readString(PAGE);
        final String byHand = page.substring(0, page.indexOf(TABLES) + TABLES.length());
        final String made =
                byHand
                        + List.of("hastresources", "virtualips", "hastpools").stream()
                                .map(ReferenceTest::chapter)
                                .collect(Collectors.joining());
        if (Boolean.getBoolean("golden.write")) {
            Files.writeString(PAGE, made);
        }
        assertThat(Files.readString(PAGE)).isEqualTo(made);
    }

    private static String chapter(String plural) {
        final CustomResourceDefinition definition =
                Serialization.unmarshal(
                        Definitions.checkedIn(plural + ".hast.dev.yaml"),
                        CustomResourceDefinition.class);
        final JSONSchemaProps root =
                definition.getSpec().getVersions().getFirst().getSchema().getOpenAPIV3Schema();
        final var names = definition.getSpec().getNames();
        return "\n## %s\n\nShort name `%s`.\n\n"
                        .formatted(names.getKind(), names.getShortNames().getFirst())
                + "| field below `spec` | values | default | meaning |\n|---|---|---|---|\n"
                + rows("", root.getProperties().get("spec"), true)
                + "\nRefused as a whole, with these words:\n\n"
                + rules(root)
                + "\n| field below `status` | meaning |\n|---|---|\n"
                + rows("", root.getProperties().get("status"), false);
    }

    private static String rows(String path, JSONSchemaProps of, boolean spec) {
        final StringBuilder rows = new StringBuilder();
        for (Map.Entry<String, JSONSchemaProps> field : of.getProperties().entrySet()) {
            final JSONSchemaProps schema = field.getValue();
            final boolean list = "array".equals(schema.getType());
            final String at = path + field.getKey() + (list ? "[]" : "");
            rows.append(
                    spec
                            ? "| `%s` | %s | %s | %s |%n"
                                    .formatted(
                                            at,
                                            values(schema),
                                            standard(field.getKey(), of, schema),
                                            text(schema))
                            : "| `%s` | %s |%n".formatted(at, text(schema)));
            final JSONSchemaProps inner = list ? schema.getItems().getSchema() : schema;
            if (!field.getKey().equals("conditions")) {
                rows.append(rows(at + ".", inner, spec));
            }
        }
        return rows.toString();
    }

    private static String text(JSONSchemaProps schema) {
        return schema.getDescription() == null ? "" : schema.getDescription().replace("|", "\\|");
    }

    private static String values(JSONSchemaProps schema) {
        if (!schema.getEnum().isEmpty()) {
            return schema.getEnum().stream()
                    .map(word -> "`" + word.asText() + "`")
                    .collect(Collectors.joining(" "));
        }
        final String type =
                switch (schema.getType()) {
                    case "array" -> "list";
                    case "string" -> "text";
                    case "object" -> "fields";
                    default -> schema.getType();
                };
        final List<String> limits = new ArrayList<>();
        if (schema.getMinimum() != null && schema.getMaximum() != null) {
            limits.add(
                    "%d to %d"
                            .formatted(
                                    schema.getMinimum().longValue(),
                                    schema.getMaximum().longValue()));
        }
        if (schema.getMaxItems() != null) {
            limits.add("at most " + schema.getMaxItems());
        }
        return limits.isEmpty() ? type : type + ", " + String.join(", ", limits);
    }

    private static String standard(String name, JSONSchemaProps of, JSONSchemaProps schema) {
        final JsonNode value = schema.getDefault();
        if (of.getRequired().contains(name)) {
            return "required";
        }
        return value == null || value.isObject() ? "" : "`" + value.asText() + "`";
    }

    private static String rules(JSONSchemaProps root) {
        final Set<String> messages = new LinkedHashSet<>();
        collect(root, messages);
        return messages.stream()
                .map(message -> "- " + message + "\n")
                .collect(Collectors.joining());
    }

    private static void collect(JSONSchemaProps schema, Set<String> messages) {
        schema.getXKubernetesValidations().stream()
                .map(ValidationRule::getMessage)
                .forEach(messages::add);
        schema.getProperties().values().forEach(inner -> collect(inner, messages));
        if (schema.getItems() != null && schema.getItems().getSchema() != null) {
            collect(schema.getItems().getSchema(), messages);
        }
    }
}
