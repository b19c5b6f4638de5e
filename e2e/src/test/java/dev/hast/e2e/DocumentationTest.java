package dev.hast.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.document.Documents;
import dev.hast.daemon.document.LoadOutcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What the documentation tells a reader to write or to follow has to be there and to work.
final class DocumentationTest {

    private static final Path ROOT = Path.of("").toAbsolutePath().getParent();
    private static final Pattern YAML = Pattern.compile("```yaml\n(.*?)```", Pattern.DOTALL);
    private static final Pattern LINK = Pattern.compile("]\\(([^)#\\s]+)(?:#[^)]*)?\\)");
    private static final Pattern CODE = Pattern.compile("```.*?```|`[^`\n]*`", Pattern.DOTALL);

    @Test
    void theDocumentsThatAGuideShowsAreAccepted() throws IOException {
        int shown = 0;
        for (var page : pages()) {
            Map<String, String> examples = new LinkedHashMap<>();
            var yaml = YAML.matcher(Files.readString(page));
            while (yaml.find()) {
                if (yaml.group(1).contains("apiVersion: " + Documents.API_VERSION)) {
                    examples.put(page.getFileName() + "-" + examples.size(), yaml.group(1));
                }
            }
            shown += examples.size();
            if (!examples.isEmpty()) {
                assertThat(Documents.parse(examples))
                        .as("examples of %s", page)
                        .isInstanceOf(LoadOutcome.Loaded.class);
            }
        }
        assertThat(shown).isPositive();
    }

    @Test
    void aLinkLeadsSomewhere() throws IOException {
        var broken = new ArrayList<String>();
        for (var page : pages()) {
            var link = LINK.matcher(CODE.matcher(Files.readString(page)).replaceAll(""));
            while (link.find()) {
                var target = link.group(1);
                if (!target.contains("://") && !Files.exists(page.resolveSibling(target))) {
                    broken.add(ROOT.relativize(page) + " -> " + target);
                }
            }
        }
        assertThat(broken).isEmpty();
    }

    private static List<Path> pages() throws IOException {
        try (Stream<Path> top = Files.list(ROOT);
                Stream<Path> docs = Files.walk(ROOT.resolve("docs"))) {
            return Stream.concat(top, docs)
                    .filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        }
    }
}
