package dev.hast.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/// One scrape of a daemon, read as Prometheus reads it.
final class Scraped {

    private final Map<String, Double> samples = new HashMap<>();
    private final Set<String> metrics = new TreeSet<>();

    static Scraped of(NodeProcess node) throws IOException, InterruptedException {
        final var answer = node.page("/metrics");
        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type"))
                .contains("text/plain; version=0.0.4; charset=utf-8");
        return new Scraped(answer.body());
    }

    private Scraped(String text) {
        String metric = "";
        for (String line : text.lines().toList()) {
            if (line.startsWith("# TYPE ")) {
                metric = line.split(" ", -1)[2];
                assertThat(metrics.add(metric)).as("%s twice", metric).isTrue();
            } else if (!line.startsWith("#")) {
                final int space = line.lastIndexOf(' ');
                final String name = line.substring(0, space);
                assertThat(name).startsWith(metric);
                assertThat(samples.put(name, Double.valueOf(line.substring(space + 1))))
                        .as("%s twice", name)
                        .isNull();
            }
        }
    }

    Set<String> metrics() {
        return metrics;
    }

    double value(String sample) {
        return Objects.requireNonNull(samples.get(sample), () -> "no sample " + sample);
    }

    double since(Scraped before, String sample) {
        return value(sample) - before.value(sample);
    }
}
