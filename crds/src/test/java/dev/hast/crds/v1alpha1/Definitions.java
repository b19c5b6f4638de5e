package dev.hast.crds.v1alpha1;

import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceColumnDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The definitions of the custom resources, as they are made of the Java types.
final class Definitions {

    /// Where the checked-in ones are.
    static final Path DIRECTORY = Path.of("").toAbsolutePath();

    static final List<Class<? extends HasMetadata>> TYPES =
            List.of(HastPool.class, HastResource.class, VirtualIP.class);

    private Definitions() {}

    /// By the names of their files: `hastresources.hast.dev.yaml`.
    static Map<String, String> made() {
        final Map<String, ByteArrayOutputStream> out = new TreeMap<>();
        new CRDGenerator()
                .customResourceClasses(TYPES)
                .forCRDVersions("v1")
                .withParallelGenerationEnabled(false)
                .withPostProcessor(new Completion())
                .withOutput(new InMemory(out))
                .generate();
        final Map<String, String> texts = new TreeMap<>();
        out.forEach((name, bytes) ->
                texts.put(
                        name.replace("-v1", "") + ".yaml", bytes.toString(StandardCharsets.UTF_8)));
        return texts;
    }

    static String checkedIn(String file) {
        try {
            return Files.readString(DIRECTORY.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// What the annotations cannot say, and what the generator does not say well.
    private static final class Completion implements CRDPostProcessor {
        @Override
        public HasMetadata process(HasMetadata made, String apiVersion) {
            if (made instanceof CustomResourceDefinition definition) {
                for (var version : definition.getSpec().getVersions()) {
                    complete(version.getSchema().getOpenAPIV3Schema());
                    version.setAdditionalPrinterColumns(
                            inOrder(version.getAdditionalPrinterColumns(), definition));
                }
            }
            return made;
        }
    }

    private static void complete(JSONSchemaProps root) {
        root.setRequired(List.of("spec"));
        eachRuleOnce(root);
        final JSONSchemaProps conditions =
                root.getProperties().get("status").getProperties().get("conditions");
        conditions.setXKubernetesListType("map");
        conditions.setXKubernetesListMapKeys(List.of("type"));
        conditions
                .getItems()
                .getSchema()
                .getProperties()
                .get("lastTransitionTime")
                .setFormat("date-time");
    }

    /// A record's annotations are found on its field and on its accessor.
    private static void eachRuleOnce(JSONSchemaProps schema) {
        schema.setXKubernetesValidations(
                List.copyOf(new LinkedHashSet<>(schema.getXKubernetesValidations())));
        schema.getProperties().values().forEach(Definitions::eachRuleOnce);
        if (schema.getItems() != null && schema.getItems().getSchema() != null) {
            eachRuleOnce(schema.getItems().getSchema());
        }
    }

    /// The columns in the order in which the type names them, not in that of their paths.
    private static List<CustomResourceColumnDefinition> inOrder(
            List<CustomResourceColumnDefinition> columns, CustomResourceDefinition definition) {
        final List<String> names =
                TYPES.stream()
                        .filter(type ->
                                HasMetadata.getKind(type)
                                        .equals(definition.getSpec().getNames().getKind()))
                        .flatMap(type ->
                                Arrays.stream(
                                        type.getAnnotationsByType(AdditionalPrinterColumn.class)))
                        .map(AdditionalPrinterColumn::name)
                        .toList();
        return columns.stream()
                .sorted(Comparator.comparingInt(column -> names.indexOf(column.getName())))
                .toList();
    }

    private record InMemory(Map<String, ByteArrayOutputStream> out)
            implements CRDGenerator.CRDOutput<ByteArrayOutputStream> {

        @Override
        public ByteArrayOutputStream outputFor(String name) {
            return out.computeIfAbsent(name, file -> new ByteArrayOutputStream());
        }

        @Override
        public void close() throws IOException {
            for (OutputStream stream : out.values()) {
                stream.close();
            }
        }
    }
}
