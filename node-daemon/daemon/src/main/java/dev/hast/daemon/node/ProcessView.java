package dev.hast.daemon.node;

import dev.hast.daemon.metrics.Metric;
import dev.hast.daemon.metrics.MetricsText;
import java.io.IOException;
import java.lang.management.GarbageCollectorMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What the process itself takes, from `/proc` and the Java runtime.
final class ProcessView {

    private static final Logger LOG = LoggerFactory.getLogger(ProcessView.class);
    private static final Path SELF = Path.of("/proc/self");

    private ProcessView() {}

    static void write(MetricsText out) {
        try {
            try (Stream<String> status = Files.lines(SELF.resolve("status"))) {
                status.filter(line -> line.startsWith("VmRSS:"))
                        .map(line -> line.split("\\s+")[1])
                        .findFirst()
                        .ifPresent(kibi -> out.add(Metric.RESIDENT, Long.parseLong(kibi) * 1024.0));
            }
            try (Stream<Path> open = Files.list(SELF.resolve("fd"))) {
                out.add(Metric.OPEN_FILES, open.count());
            }
            try (Stream<String> limits = Files.lines(SELF.resolve("limits"))) {
                limits.filter(line -> line.startsWith("Max open files"))
                        .map(line -> line.substring("Max open files".length()).strip())
                        .map(rest -> rest.split("\\s+")[0])
                        .filter(soft -> !soft.equals("unlimited"))
                        .findFirst()
                        .ifPresent(soft -> out.add(Metric.MAX_FILES, Long.parseLong(soft)));
            }
        } catch (IOException | java.io.UncheckedIOException | NumberFormatException e) {
            // Left out: there may be no descriptor to read them by, which a scrape has to survive.
            LOG.atDebug().setCause(e).log("/proc/self cannot be read");
        }
        ProcessHandle.current()
                .info()
                .totalCpuDuration()
                .ifPresent(time -> out.add(Metric.CPU, time.toNanos() / 1e9));
        ProcessHandle.current()
                .info()
                .startInstant()
                .ifPresent(at -> out.add(Metric.STARTED, at.toEpochMilli() / 1e3));
        final Runtime java = Runtime.getRuntime();
        out.add(Metric.HEAP, java.totalMemory() - java.freeMemory());
        long millis = 0;
        for (GarbageCollectorMXBean collector : ManagementFactory.getGarbageCollectorMXBeans()) {
            millis += Math.max(0, collector.getCollectionTime());
        }
        out.add(Metric.COLLECTIONS, millis / 1e3);
    }
}
