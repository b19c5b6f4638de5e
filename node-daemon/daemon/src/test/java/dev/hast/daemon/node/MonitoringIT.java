package dev.hast.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.Await;
import dev.hast.daemon.export.ExportClient;
import dev.hast.daemon.metrics.Metric;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The pages for Prometheus and health checks of daemons that do real I/O.
final class MonitoringIT {

    private static final int BLOCK = 4096;
    private static final String SPEC =
            """
            primary: a
            replication: {grantDuration: 4s, timeout: 2s}
            """;

    @TempDir private Path directory;

    @Test
    void valuesMoveWithTheWork() throws Exception {
        try (Nodes nodes = new Nodes(directory, SPEC, "a", "b").running()) {
            final NodeProcess a = nodes.node("a");
            final NodeProcess b = nodes.node("b");
            final Scraped before = Scraped.of(a);
            work(nodes, a);
            final Scraped after = Scraped.of(a);
            final Scraped secondary = Scraped.of(b);

            for (String kind : new String[] {"read", "write", "flush"}) {
                final String labels = "{resource=\"r\",kind=\"" + kind + "\"}";
                assertThat(after.since(before, "hast_requests_total" + labels))
                        .isEqualTo(kind.equals("flush") ? 1 : 20);
                assertThat(after.since(before, "hast_request_seconds_count" + labels))
                        .isEqualTo(kind.equals("flush") ? 1 : 20);
                assertThat(after.since(before, "hast_request_seconds_sum" + labels)).isPositive();
                assertThat(after.since(before, "hast_provider_seconds_count" + labels))
                        .isPositive();
            }
            assertThat(
                            after.since(
                                    before,
                                    "hast_request_bytes_total{resource=\"r\",kind=\"write\"}"))
                    .isEqualTo(20 * BLOCK);
            assertThat(after.since(before, "hast_confirm_seconds_count{resource=\"r\",peer=\"b\"}"))
                    .isEqualTo(20);
            assertThat(after.since(before, "hast_sent_bytes_total{resource=\"r\"}"))
                    .isEqualTo(20 * BLOCK);
            assertThat(secondary.value("hast_received_bytes_total{resource=\"r\"}"))
                    .isEqualTo(20 * BLOCK);
            Await.until(
                    "the client is gone",
                    () -> Scraped.of(a).value("hast_export_connections{resource=\"r\"}") == 0);
            assertThat(after.value("hast_grant_slack_seconds{resource=\"r\"}")).isBetween(0.0, 4.0);
            assertThat(after.value("hast_arbiter_seconds_count{call=\"compare-and-set\"}"))
                    .isPositive();
            assertThat(after.value("hast_arbiter_reachable")).isEqualTo(1);
            assertThat(after.value("hast_primary{resource=\"r\"}")).isEqualTo(1);
            assertThat(secondary.value("hast_primary{resource=\"r\"}")).isZero();
            assertThat(after.value("hast_epoch{resource=\"r\"}"))
                    .isEqualTo(secondary.value("hast_epoch{resource=\"r\"}"))
                    .isPositive();
            assertThat(after.value("hast_volume_bytes{resource=\"r\"}")).isEqualTo(16 << 20);
            absence(nodes, a, b);
        }
    }

    private static void work(Nodes nodes, NodeProcess node) throws IOException {
        try (ExportClient client = nodes.client(node)) {
            for (int i = 0; i < 20; i++) {
                final byte[] block = new byte[BLOCK];
                Arrays.fill(block, (byte) (i + 1));
                assertThat(client.write((long) i * BLOCK, block)).isZero();
                assertThat(client.read((long) i * BLOCK, BLOCK)).isEqualTo(block);
            }
            assertThat(client.flush()).isZero();
        }
    }

    /// While a secondary is away it is dirty and missed; a stranger at the replication port is
    /// counted.
    private static void absence(Nodes nodes, NodeProcess a, NodeProcess b) throws Exception {
        b.kill();
        work(nodes, a);
        final Scraped alone = Scraped.of(a);
        assertThat(alone.value("hast_in_sync_replicas{resource=\"r\"}")).isEqualTo(1);
        assertThat(alone.value("hast_members{resource=\"r\"}")).isEqualTo(2);
        assertThat(alone.value("hast_peer_connected{resource=\"r\",peer=\"b\"}")).isZero();
        assertThat(alone.value("hast_peer_dirty_bytes{resource=\"r\",peer=\"b\"}")).isPositive();
        try (Socket socket = new Socket("127.0.0.1", nodes.port("a"))) {
            socket.getOutputStream()
                    .write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            assertThat(socket.getInputStream().read()).isLessThan(0);
        }
        final String malformed = "hast_link_refusals_total{reason=\"malformed\"}";
        final String oversized = "hast_link_refusals_total{reason=\"oversized\"}";
        Await.until(
                "the stranger is counted",
                () ->
                        Scraped.of(a).since(alone, malformed)
                                        + Scraped.of(a).since(alone, oversized)
                                > 0);
        b.started();
        nodes.awaitHealthy();
        assertThat(Scraped.of(a).value("hast_peer_dirty_bytes{resource=\"r\",peer=\"b\"}"))
                .isZero();
    }

    @Test
    void whatWaitsForAFrozenPeerIsSeen() throws Exception {
        final String patient =
                """
                primary: a
                replication: {grantDuration: 10s, timeout: 3s}
                """;
        final String queued = "hast_peer_queued_bytes{resource=\"r\",peer=\"b\"}";
        try (Nodes nodes = new Nodes(directory, patient, "a", "b").running()) {
            final NodeProcess a = nodes.node("a");
            final NodeProcess b = nodes.node("b");
            try (ExportClient client = nodes.client(a)) {
                assertThat(client.flush()).isZero();
                b.signal("STOP");
                // More than the sockets hold.
                final byte[] much = new byte[15 << 20];
                new Random(1).nextBytes(much);
                final var written = CompletableFuture.supplyAsync(() -> written(client, much));
                Await.until("bytes wait", () -> Scraped.of(a).value(queued) > 0, a::lastLines);
                b.signal("CONT");
                assertThat(written.get(30, TimeUnit.SECONDS)).isZero();
            }
            Await.until("none wait", () -> Scraped.of(a).value(queued) == 0, a::lastLines);
        }
    }

    private static int written(ExportClient client, byte[] data) {
        try {
            return client.write(0, data);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    @Test
    void everyMetricOfTheCatalogueIsThereAndNoOther() throws Exception {
        try (Nodes nodes = new Nodes(directory, SPEC, "a", "b").running()) {
            final Set<String> expected =
                    Arrays.stream(Metric.values())
                            // Without TLS there is no certificate, and without a device no end of a
                            // failover.
                            .filter(metric ->
                                    metric != Metric.CERTIFICATE && metric != Metric.FAILOVER)
                            // And these nodes hold no address.
                            .filter(metric -> !metric.text().matches("hast_(address|advert).*"))
                            .map(Metric::text)
                            .collect(Collectors.toCollection(TreeSet::new));
            assertThat(Scraped.of(nodes.node("a")).metrics())
                    .containsExactlyInAnyOrderElementsOf(expected);
        }
    }

    @Test
    void readinessSaysWhichResourceDoesNotRunAndWhy() throws Exception {
        try (Nodes nodes = new Nodes(directory, SPEC, "a", "b")) {
            final NodeProcess a = nodes.node("a").started();
            assertThat(a.page("/healthz").statusCode()).isEqualTo(200);
            assertThat(a.page("/readyz").statusCode()).isEqualTo(503);
            assertThat(a.page("/readyz").body()).contains("r: ").contains("hastctl create r");
            Nodes.create(a);
            assertThat(a.page("/readyz").statusCode()).isEqualTo(200);
            assertThat(a.page("/nothing").statusCode()).isEqualTo(404);
        }
    }
}
