package dev.hast.daemon.metrics;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/// One scrape in Prometheus' text format, version 0.0.4. Samples may be added in any order; each
/// metric comes out as one group.
public final class MetricsText {

    public static final String CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8";

    private final Map<Metric, StringBuilder> groups = new EnumMap<>(Metric.class);

    /// A constant as the value of a label.
    public static String word(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// @param labels names and values in turn; the names are those of the metric
    public MetricsText add(Metric metric, double value, String... labels) {
        require(metric, labels);
        sample(metric, "", labels(labels, ""), value);
        return this;
    }

    public MetricsText add(Metric metric, boolean value, String... labels) {
        return add(metric, value ? 1 : 0, labels);
    }

    public MetricsText add(Metric metric, LatencyHistogram histogram, String... labels) {
        require(metric, labels);
        long all = 0;
        for (int i = 0; i < LatencyHistogram.bounds(); i++) {
            all += histogram.count(i);
            final String bound = "le=\"" + number(LatencyHistogram.boundSeconds(i)) + "\"";
            sample(metric, "_bucket", labels(labels, bound), all);
        }
        all += histogram.count(LatencyHistogram.bounds());
        sample(metric, "_bucket", labels(labels, "le=\"+Inf\""), all);
        sample(metric, "_sum", labels(labels, ""), histogram.sumSeconds());
        sample(metric, "_count", labels(labels, ""), all);
        return this;
    }

    private static void require(Metric metric, String[] labels) {
        boolean same = labels.length == metric.labels().size() * 2;
        for (int i = 0; same && i < metric.labels().size(); i++) {
            same = labels[2 * i].equals(metric.labels().get(i));
        }
        if (!same) {
            throw new IllegalArgumentException(
                    metric
                            + " has the labels "
                            + metric.labels()
                            + ", not "
                            + Arrays.toString(labels));
        }
    }

    private void sample(Metric metric, String suffix, String labels, double value) {
        final StringBuilder group =
                groups.computeIfAbsent(
                        metric,
                        m ->
                                new StringBuilder()
                                        .append("# HELP ")
                                        .append(m.text())
                                        .append(' ')
                                        .append(m.help())
                                        .append("\n# TYPE ")
                                        .append(m.text())
                                        .append(' ')
                                        .append(m.type().text())
                                        .append('\n'));
        group.append(metric.text())
                .append(suffix)
                .append(labels)
                .append(' ')
                .append(number(value))
                .append('\n');
    }

    private static String labels(String[] labels, String last) {
        if (labels.length == 0 && last.isEmpty()) {
            return "";
        }
        final StringBuilder text = new StringBuilder("{");
        for (int i = 0; i + 1 < labels.length; i += 2) {
            text.append(i == 0 ? "" : ",")
                    .append(labels[i])
                    .append("=\"")
                    .append(escaped(labels[i + 1]))
                    .append('"');
        }
        if (!last.isEmpty()) {
            text.append(labels.length == 0 ? "" : ",").append(last);
        }
        return text.append('}').toString();
    }

    private static String escaped(String value) {
        return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
    }

    private static String number(double value) {
        if (Double.isInfinite(value)) {
            return value > 0 ? "+Inf" : "-Inf";
        }
        return value == Math.rint(value) && Math.abs(value) < 1e15
                ? Long.toString((long) value)
                : Double.toString(value);
    }

    @Override
    public String toString() {
        final StringBuilder all = new StringBuilder();
        groups.values().forEach(all::append);
        return all.toString();
    }
}
