package dev.hast.operator;

import com.sun.net.httpserver.HttpServer;
import dev.hast.operator.daemons.Credentials;
import dev.hast.operator.reconcile.HastOperator;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The operator. It is configured by its environment:
///
/// | variable | default | |
/// |---|---|---|
/// | `HAST_TLS` | `/etc/hast/tls` | directory with `ca.crt`, `tls.crt`, `tls.key` of the certificate `admin` |
/// | `HAST_NAMESPACE` | `hast-system` | of the Lease that elects the leader |
/// | `HAST_IDENTITY` | the host name | of this instance |
/// | `HAST_HEALTH_PORT` | `8080` | `/healthz`, `/readyz`, `/metrics` |
///
/// How the API server is found and who we are there is the client library's usual way: the service
/// account in a pod, else a kubeconfig.
public final class Main {

    private static final Logger LOG = LoggerFactory.getLogger(Main.class);

    private Main() {}

    public static void main(String[] arguments) throws IOException {
        final KubernetesClient client = new KubernetesClientBuilder().build();
        final HastOperator operator =
                new HastOperator(
                        client,
                        Credentials.in(Path.of(setting("HAST_TLS", "/etc/hast/tls"))),
                        setting("HAST_NAMESPACE", "hast-system"),
                        setting("HAST_IDENTITY", InetAddress.getLocalHost().getHostName()),
                        true);
        final HttpServer health =
                HttpServer.create(
                        new InetSocketAddress(
                                Integer.parseInt(setting("HAST_HEALTH_PORT", "8080"))),
                        0);
        answer(health, "/healthz", () -> true);
        answer(health, "/readyz", operator::isReady);
        page(
                health,
                "/metrics",
                () ->
                        """
                        # TYPE hast_operator_leading gauge
                        hast_operator_leading %d
                        """
                                .formatted(operator.isLeading() ? 1 : 0));
        health.start();
        Runtime.getRuntime()
                .addShutdownHook(
                        Thread.ofPlatform()
                                .unstarted(() -> {
                                    operator.close();
                                    health.stop(0);
                                    client.close();
                                }));
        operator.start();
        LOG.atInfo().log("runs");
    }

    private static String setting(String name, String otherwise) {
        return Optional.ofNullable(System.getenv(name)).orElse(otherwise);
    }

    private static void answer(HttpServer server, String path, BooleanSupplier good) {
        server.createContext(
                path,
                exchange -> {
                    exchange.sendResponseHeaders(good.getAsBoolean() ? 200 : 503, -1);
                    exchange.close();
                });
    }

    private static void page(
            HttpServer server, String path, java.util.function.Supplier<String> text) {
        server.createContext(
                path,
                exchange -> {
                    final byte[] content = text.get().getBytes(StandardCharsets.UTF_8);
                    exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4");
                    exchange.sendResponseHeaders(200, content.length);
                    try (var out = exchange.getResponseBody()) {
                        out.write(content);
                    }
                });
    }
}
