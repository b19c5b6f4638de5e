package dev.hast.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.document.DocumentSet;
import dev.hast.daemon.document.Documents;
import dev.hast.daemon.document.LoadOutcome;
import dev.hast.daemon.document.ResourceDocument;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PushedDocumentsTest {

    @TempDir private Path state;

    @Test
    void whatWasPushedIsReadBesideTheFiles() throws IOException {
        final PushedDocuments pushed = new PushedDocuments(state);
        assertThat(pushed.with(List.of(Path.of("/etc/hast"))))
                .containsExactly(Path.of("/etc/hast"));
        pushed.keep(Map.of("one", document("one"), "two", document("two")));
        assertThat(names(pushed)).containsExactlyInAnyOrder("one", "two");
    }

    @Test
    void aPushTakesThePlaceOfTheOneBefore() throws IOException {
        final PushedDocuments pushed = new PushedDocuments(state);
        pushed.keep(Map.of("one", document("one")));
        pushed.keep(Map.of("two", document("two")));
        assertThat(names(pushed)).containsExactly("two");
        pushed.keep(Map.of());
        assertThat(pushed.with(List.of())).isEmpty();
    }

    private static String document(String name) {
        return """
        {"apiVersion": "hast.dev/v1alpha1", "kind": "HastResource", "metadata": {"name": "%s"},
         "spec": {"replicas": [{"node": "a", "provider": "/a", "address": "h"}]}}
        """
                .formatted(name);
    }

    private static List<String> names(PushedDocuments pushed) {
        return switch (Documents.load(pushed.with(List.of()))) {
            case LoadOutcome.Loaded(DocumentSet documents) ->
                    documents.resources().stream().map(ResourceDocument::name).toList();
            case LoadOutcome.Refused refused -> throw new AssertionError(refused.text());
        };
    }
}
