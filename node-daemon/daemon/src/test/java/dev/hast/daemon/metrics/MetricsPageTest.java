package dev.hast.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// `docs/reference/metrics.md` against the catalogue.
final class MetricsPageTest {

    private static final Path PAGE = Path.of("../../docs/reference/metrics.md");

    @Test
    void pageListsEachMetricWithItsTypeUnitAndLabels() throws IOException {
        final List<String> listed =
                Files.readAllLines(PAGE).stream()
                        .filter(line -> line.matches("\\| `\\w+` \\| (gauge|counter|histogram) .*"))
                        .map(line -> line.substring(0, line.lastIndexOf('|', line.length() - 2)))
                        .toList();
        assertThat(listed)
                .containsExactlyInAnyOrderElementsOf(
                        Arrays.stream(Metric.values()).map(MetricsPageTest::row).toList());
    }

    private static String row(Metric metric) {
        return "| `%s` | %s | %s | %s "
                .formatted(
                        metric.text(),
                        metric.type().text(),
                        metric.unit(),
                        metric.labels().stream()
                                .map(label -> "`" + label + "`")
                                .collect(Collectors.joining(", ")));
    }

    @Test
    void pageNamesNoMetricThatIsNot() throws IOException {
        final List<String> names = Arrays.stream(Metric.values()).map(Metric::text).toList();
        assertThat(
                        java.util.regex.Pattern.compile("\\bhast_[a-z_]+")
                                .matcher(Files.readString(PAGE))
                                .results()
                                .map(result -> result.group())
                                .distinct())
                .isSubsetOf(names);
    }

    @Test
    void namesFollowTheirTypes() {
        for (Metric metric : Metric.values()) {
            assertThat(metric.text()).isEqualTo(metric.text().toLowerCase(Locale.ROOT));
            assertThat(metric.text().endsWith("_total"))
                    .as(metric.text())
                    .isEqualTo(metric.type() == Metric.Type.COUNTER);
        }
    }
}
