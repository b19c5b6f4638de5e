package dev.hast.daemon.node;

import dev.hast.daemon.arbiter.ArbiterKind;
import dev.hast.daemon.document.Endpoint;
import dev.hast.daemon.metrics.Metric;
import dev.hast.daemon.metrics.MetricsText;
import dev.hast.daemon.resource.Resource;
import dev.hast.daemon.resource.ResourceView;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// `/metrics` for Prometheus, `/healthz` (the loop answers) and `/readyz` (every resource of this
/// node runs, or was switched off on purpose).
final class Monitoring implements AutoCloseable {

    private static final Duration ANSWER_MAX = Duration.ofSeconds(2);
    private static final Duration REQUEST_MAX = Duration.ofSeconds(5);

    /// What was to be learned of the resources.
    ///
    /// @param silent those of which nothing came
    private record Looked(List<ResourceView> views, List<String> silent) {}

    private final NodeDaemon daemon;
    private final HttpPort port;
    private final Scrape scrape = new Scrape();

    Monitoring(NodeDaemon daemon, Endpoint endpoint) throws IOException {
        this.daemon = daemon;
        try {
            port =
                    new HttpPort(
                            new InetSocketAddress(endpoint.host(), endpoint.port()),
                            REQUEST_MAX,
                            this::page,
                            daemon.counters()::monitoring);
        } catch (IOException e) {
            throw new IOException(
                    "metrics cannot be served on %s: %s; choose another spec.metricsListen"
                            .formatted(endpoint.text(), e.getMessage()),
                    e);
        }
    }

    private HttpPort.Answer page(String path) {
        return switch (path) {
            case "/metrics" -> new HttpPort.Answer(200, MetricsText.CONTENT_TYPE, metrics());
            case "/healthz" -> health();
            case "/readyz" -> readiness();
            default ->
                    new HttpPort.Answer(
                            404, HttpPort.Answer.PLAIN, "ask /metrics, /healthz or /readyz\n");
        };
    }

    /// Asks all at once, so that a loop that hangs costs one time-out, not one for each.
    private Looked look() {
        final Map<String, CompletableFuture<ResourceView>> asked = new LinkedHashMap<>();
        for (Resource resource : daemon.resources().values()) {
            asked.put(resource.name(), resource.view());
        }
        final long end = System.nanoTime() + ANSWER_MAX.toNanos();
        final Looked looked = new Looked(new ArrayList<>(), new ArrayList<>());
        asked.forEach((name, answer) -> {
            try {
                final long left = Math.max(0, end - System.nanoTime());
                looked.views.add(answer.get(left, TimeUnit.NANOSECONDS));
            } catch (ExecutionException | TimeoutException e) {
                looked.silent.add(name);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                looked.silent.add(name);
            }
        });
        return looked;
    }

    private HttpPort.Answer health() {
        final List<String> silent = look().silent;
        return silent.isEmpty()
                ? HttpPort.Answer.of(true, "ok\n")
                : HttpPort.Answer.of(false, "the event loop does not answer for " + silent + "\n");
    }

    private HttpPort.Answer readiness() {
        final Looked looked = look();
        final StringBuilder missing = new StringBuilder();
        looked.silent.forEach(name -> missing.append(name).append(": does not answer\n"));
        for (ResourceView view : looked.views) {
            if (view.replica().isEmpty() && !view.off()) {
                missing.append(view.document().name())
                        .append(": ")
                        .append(view.problem())
                        .append('\n');
            }
        }
        return missing.isEmpty()
                ? HttpPort.Answer.of(true, "ok\n")
                : HttpPort.Answer.of(false, missing.toString());
    }

    private synchronized String metrics() {
        final MetricsText out = new MetricsText();
        final Looked looked = look();
        scrape.begin();
        looked.views.forEach(view -> scrape.write(out, view));
        out.add(Metric.RESOURCES, looked.views.size() + looked.silent.size())
                .add(Metric.RESOURCES_SILENT, looked.silent.size());
        daemon.events()
                .counts()
                .forEach((key, count) ->
                        out.add(
                                Metric.TRANSITIONS,
                                count,
                                "resource",
                                key.resource(),
                                "kind",
                                key.kind()));
        daemon.addresses().write(out);
        daemon.counters().write(out, arbitrated());
        if (arbitrated()) {
            out.add(Metric.ARBITER_REACHABLE, daemon.arbiterHealth().reachable());
        }
        out.add(Metric.BUFFERS, daemon.blocks().used(), "state", "used")
                .add(Metric.BUFFERS, daemon.blocks().reserved(), "state", "reserved")
                .add(Metric.BUFFERS, daemon.blocks().limit(), "state", "limit");
        daemon.tls()
                .ifPresent(tls -> out.add(Metric.CERTIFICATE, tls.notAfter().toEpochMilli() / 1e3));
        out.add(
                Metric.INFO,
                1,
                "node",
                daemon.document().name(),
                "version",
                Version.TEXT,
                "io",
                daemon.io(),
                "arbiter",
                daemon.arbiterKind().name().toLowerCase(Locale.ROOT));
        ProcessView.write(out);
        return out.toString();
    }

    private boolean arbitrated() {
        return daemon.arbiterKind() != ArbiterKind.NONE;
    }

    @Override
    public void close() {
        port.close();
    }
}
