package dev.hast.daemon.document;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.document.LoadOutcome.Refused;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Each `bad/X.yaml` is refused with exactly the text in `bad/X.txt`: what the person who wrote it
/// reads.
///
/// `-Dgolden.write=true` writes the texts anew; read the difference before it is committed.
final class DocumentErrorsTest {

    private static final Path BAD = Path.of("src/test/resources/dev/hast/daemon/document/bad");

    static List<String> badDocuments() throws IOException {
        try (Stream<Path> files = Files.list(BAD)) {
            return files.map(f -> f.getFileName().toString())
                    .filter(f -> f.endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("badDocuments")
    void badDocumentIsRefusedWithItsText(String name) {
        var outcome = Documents.load(List.of(BAD.resolve(name)));

        assertThat(outcome).isInstanceOf(Refused.class);
        var text = ((Refused) outcome).text().replace(BAD + "/", "") + "\n";
        assertThat(text).isEqualTo(golden(BAD.resolve(name.replace(".yaml", ".txt")), text));
    }

    @Test
    void absentFileIsRefused() {
        assertThat(errors(Documents.load(List.of(Path.of("/nonexistent/hast.yaml")))))
                .containsExactly("/nonexistent/hast.yaml: does not exist; check the path");
    }

    @Test
    void errorsOfSeveralFilesAreReportedTogether() {
        var outcome =
                Documents.load(List.of(BAD.resolve("no-replicas.yaml"), BAD.resolve("twice.yaml")));

        assertThat(errors(outcome))
                .hasSizeGreaterThan(2)
                .anyMatch(e -> e.contains("no-replicas"))
                .anyMatch(e -> e.contains("twice"));
    }

    @Test
    void sameNameInTwoFilesIsRefusedAndNamesBoth() {
        var text =
                """
                apiVersion: hast.dev/v1alpha1
                kind: HastResource
                metadata: {name: r}
                spec: {replicas: [{node: a, provider: /dev/a, address: 10.0.0.1}]}
                """;

        assertThat(errors(Documents.parse(Map.of("one.yaml", text)))).isEmpty();
        var two = new java.util.LinkedHashMap<String, String>();
        two.put("one.yaml", text);
        two.put("two.yaml", text);
        assertThat(errors(Documents.parse(two)))
                .containsExactly(
                        "two.yaml:3:18: metadata.name: HastResource r is given twice, also in one.yaml;"
                                + " remove or rename one");
    }

    @Test
    void endlessErrorsAreCut() {
        var spec =
                new StringBuilder(
                        "apiVersion: hast.dev/v1alpha1\nkind: HastResource\nmetadata: {name: r}\nspec:\n");
        for (int i = 0; i < 10_000; i++) {
            spec.append("  x").append(i).append(": 1\n");
        }

        assertThat(errors(Documents.parse(Map.of("long", spec.toString()))))
                .hasSize(Problems.ERRORS_MAX);
    }

    private static List<String> errors(LoadOutcome outcome) {
        return switch (outcome) {
            case LoadOutcome.Loaded _ -> List.of();
            case Refused(var errors) -> errors.stream().map(DocumentError::text).toList();
        };
    }

    private static String golden(Path file, String actual) {
        try {
            if (Boolean.getBoolean("golden.write")) {
                Files.writeString(file, actual);
            }
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
