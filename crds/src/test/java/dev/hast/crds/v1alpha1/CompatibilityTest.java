package dev.hast.crds.v1alpha1;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Objects that were accepted once stay accepted: the definitions are held against those of the
/// last release, or, before there is one, against the baseline in `baseline/`.
/// `-Dbaseline.write=true` writes that anew, which is right only when a version is released.
final class CompatibilityTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "hastpools.hast.dev.yaml",
                "hastresources.hast.dev.yaml",
                "virtualips.hast.dev.yaml"
            })
    void whatTheLastReleaseTookIsStillTaken(String file) throws IOException {
        final var baseline = Definitions.DIRECTORY.resolve("src/test/resources/baseline/" + file);
        if (Boolean.getBoolean("baseline.write")) {
            Files.createDirectories(baseline.getParent());
            Files.writeString(baseline, Definitions.checkedIn(file));
        }
        assertThat(
                        SchemaNarrowing.between(
                                schema(Files.readString(baseline)),
                                schema(Definitions.checkedIn(file))))
                .isEmpty();
    }

    @Test
    void aFieldThatIsGoneIsFound() {
        assertThat(narrowed(spec -> spec.getProperties().remove("resync")))
                .containsExactly("spec.resync: is gone");
    }

    @Test
    void aFieldThatIsNeededNowIsFound() {
        assertThat(narrowed(spec -> spec.setRequired(List.of("size"))))
                .containsExactly("spec: size is required now");
    }

    @Test
    void aLimitThatIsNarrowerNowIsFound() {
        assertThat(narrowed(spec -> field(spec, "activityLogExtents").setMaximum(1024.0)))
                .containsExactly("spec.activityLogExtents: maximum is 1024.0 now, it was 65536.0");
        assertThat(narrowed(spec -> field(spec, "activityLogExtents").setMinimum(16.0)))
                .containsExactly("spec.activityLogExtents: minimum is 16.0 now, it was 8.0");
        assertThat(narrowed(spec -> field(spec, "replicas").setMaxItems(4L)))
                .containsExactly("spec.replicas: maxItems is 4 now, it was 8");
        assertThat(narrowed(spec -> field(spec, "size").setMaxLength(8L)))
                .containsExactly("spec.size: maxLength is 8 now, it was 32");
    }

    @Test
    void aLimitWhereThereWasNoneIsFound() {
        assertThat(narrowed(spec -> field(spec, "size").setPattern("^[0-9]+Gi$")))
                .containsExactly("spec.size: pattern is ^[0-9]+Gi$ now, there was none");
    }

    @Test
    void aWordThatIsNoLongerTakenIsFound() {
        assertThat(
                        narrowed(spec ->
                                field(spec, "onArbiterLost")
                                        .getEnum()
                                        .removeIf(word -> word.asText().equals("fail"))))
                .containsExactly("spec.onArbiterLost: \"fail\" is no longer taken");
    }

    @Test
    void anotherDefaultIsFound() {
        assertThat(narrowed(spec -> field(spec, "activityLogExtents").setDefault(null)))
                .containsExactly("spec.activityLogExtents: default is null now, it was 256");
    }

    @Test
    void aRuleThatIsNewIsFound() {
        assertThat(
                        narrowed(spec ->
                                field(spec, "pool")
                                        .setXKubernetesValidations(
                                                field(spec, "primary")
                                                        .getXKubernetesValidations())))
                .isEmpty();
        assertThat(
                        narrowed(spec ->
                                field(spec, "pool")
                                        .setXKubernetesValidations(
                                                field(spec, "size").getXKubernetesValidations())))
                .isNotEmpty()
                .allMatch(found -> found.startsWith("spec.pool: rule is new: "));
    }

    private static List<String> narrowed(Consumer<JSONSchemaProps> change) {
        final String text = Definitions.checkedIn("hastresources.hast.dev.yaml");
        final JSONSchemaProps changed = schema(text);
        change.accept(field(changed, "spec"));
        return SchemaNarrowing.between(schema(text), changed);
    }

    private static JSONSchemaProps field(JSONSchemaProps of, String name) {
        return of.getProperties().get(name);
    }

    private static JSONSchemaProps schema(String yaml) {
        return Serialization.unmarshal(yaml, CustomResourceDefinition.class)
                .getSpec()
                .getVersions()
                .getFirst()
                .getSchema()
                .getOpenAPIV3Schema();
    }
}
