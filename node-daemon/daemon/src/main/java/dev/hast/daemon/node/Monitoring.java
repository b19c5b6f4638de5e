package dev.hast.daemon.node;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.hast.core.replication.ReplicaStatus;
import dev.hast.core.replication.Role;
import dev.hast.daemon.document.Endpoint;
import dev.hast.daemon.resource.Resource;
import dev.hast.daemon.resource.ResourceView;
import dev.hast.daemon.resource.Statistics;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// `/metrics` for Prometheus, `/healthz` (the loop answers) and `/readyz` (every resource of this
/// node runs).
final class Monitoring implements AutoCloseable {

    private static final long ANSWER_MILLIS_MAX = 2_000;

    private final NodeDaemon daemon;
    private final HttpServer server;
    private final PrometheusMeterRegistry registry =
            new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    private final Map<String, MultiGauge> gauges = new LinkedHashMap<>();

    Monitoring(NodeDaemon daemon, Endpoint endpoint) throws IOException {
        this.daemon = daemon;
        try {
            server = HttpServer.create(new InetSocketAddress(endpoint.host(), endpoint.port()), 16);
        } catch (IOException e) {
            throw new IOException(
                    "metrics cannot be served on %s: %s; choose another spec.metricsListen"
                            .formatted(endpoint, e.getMessage()),
                    e);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/metrics", exchange -> answer(exchange, 200, metrics()));
        server.createContext(
                "/healthz",
                exchange -> {
                    final boolean alive = views().size() == daemon.resources().size();
                    answer(
                            exchange,
                            alive ? 200 : 503,
                            alive ? "ok\n" : "the event loop does not answer\n");
                });
        server.createContext(
                "/readyz",
                exchange -> {
                    final String missing = notReady();
                    answer(
                            exchange,
                            missing.isEmpty() ? 200 : 503,
                            missing.isEmpty() ? "ok\n" : missing);
                });
        server.start();
    }

    private List<ResourceView> views() {
        final List<ResourceView> seen = new ArrayList<>();
        for (Resource resource : daemon.resources().values()) {
            try {
                seen.add(resource.view().get(ANSWER_MILLIS_MAX, TimeUnit.MILLISECONDS));
            } catch (ExecutionException | TimeoutException e) {
                // Left out: health is judged by the count.
                continue;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
        return seen;
    }

    private String notReady() {
        final StringBuilder missing = new StringBuilder();
        for (ResourceView view : views()) {
            if (view.replica().isEmpty()) {
                missing.append(view.document().name())
                        .append(": ")
                        .append(view.problem())
                        .append('\n');
            }
        }
        return missing.toString();
    }

    private synchronized String metrics() {
        final Map<String, List<MultiGauge.Row<?>>> rows = new LinkedHashMap<>();
        for (ResourceView view : views()) {
            view.replica().ifPresent(replica -> rows(rows, view, replica));
        }
        row(rows, "hast_buffer_bytes", Tags.of("state", "used"), daemon.blocks().used());
        row(rows, "hast_buffer_bytes", Tags.of("state", "reserved"), daemon.blocks().reserved());
        rows.forEach((name, all) ->
                gauges.computeIfAbsent(name, n -> MultiGauge.builder(n).register(registry))
                        .register(all, true));
        return registry.scrape();
    }

    private static void rows(
            Map<String, List<MultiGauge.Row<?>>> rows, ResourceView view, ReplicaStatus replica) {
        final Tags tags = Tags.of("resource", view.document().name());
        row(rows, "hast_primary", tags, replica.role() == Role.PRIMARY ? 1 : 0);
        row(rows, "hast_serving", tags, replica.serving() ? 1 : 0);
        row(rows, "hast_suspended", tags, replica.suspendedBecause() != null ? 1 : 0);
        row(rows, "hast_in_sync", tags, replica.inSync() ? 1 : 0);
        row(rows, "hast_epoch", tags, view.configuration().map(c -> c.epoch()).orElse(0L));
        row(
                rows,
                "hast_in_sync_replicas",
                tags,
                view.configuration().map(c -> c.inSync().size()).orElse(0));
        row(rows, "hast_operations_in_flight", tags, replica.inFlight());
        row(rows, "hast_operations_waiting", tags, replica.waiting());
        row(rows, "hast_writes_unconfirmed", tags, replica.sequence() - replica.watermark());
        row(rows, "hast_activity_log_extents", tags, replica.activeExtents());
        row(rows, "hast_activity_log_updates", tags, replica.activityLogUpdates());
        for (ReplicaStatus.Peer peer : replica.peers()) {
            final Tags both = tags.and("peer", peer.node());
            row(rows, "hast_peer_connected", both, peer.connected() ? 1 : 0);
            row(rows, "hast_peer_in_sync", both, peer.inSync() ? 1 : 0);
            row(rows, "hast_peer_syncing", both, peer.syncing() ? 1 : 0);
            row(rows, "hast_peer_dirty_bytes", both, peer.dirtyBytes());
            row(rows, "hast_peer_grant_seconds", both, peer.grantRemaining() / 1e9);
            row(rows, "hast_peer_resync_checked_bytes", both, peer.syncCheckedBytes());
            row(rows, "hast_peer_resync_copied_bytes", both, peer.syncCopiedBytes());
        }
        final Statistics counted = view.statistics();
        if (counted != null) {
            row(rows, "hast_requests", tags.and("kind", "read"), counted.reads);
            row(rows, "hast_requests", tags.and("kind", "write"), counted.writes);
            row(rows, "hast_requests", tags.and("kind", "zero"), counted.deletes);
            row(rows, "hast_requests", tags.and("kind", "flush"), counted.flushes);
            row(rows, "hast_request_bytes", tags.and("kind", "read"), counted.readBytes);
            row(rows, "hast_request_bytes", tags.and("kind", "write"), counted.writtenBytes);
            row(rows, "hast_request_errors", tags, counted.errors);
            row(rows, "hast_provider_errors", tags.and("kind", "read"), counted.localReadErrors);
            row(rows, "hast_provider_errors", tags.and("kind", "write"), counted.localWriteErrors);
            row(rows, "hast_provider_errors", tags.and("kind", "flush"), counted.localFlushErrors);
        }
    }

    private static void row(
            Map<String, List<MultiGauge.Row<?>>> rows, String name, Tags tags, double value) {
        rows.computeIfAbsent(name, n -> new ArrayList<>()).add(MultiGauge.Row.of(tags, value));
    }

    private static void answer(HttpExchange exchange, int status, String text) throws IOException {
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "text/plain; charset=utf-8");
        exchange.sendResponseHeaders(status, bytes.length);
        try (var body = exchange.getResponseBody()) {
            body.write(bytes);
        }
    }

    @Override
    public void close() {
        server.stop(0);
        registry.close();
    }
}
