package dev.hast.daemon.arbiter;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// Our connections to the API server. Owned by the arbiter's thread, on which answers come.
///
/// HTTP/1.1 on purpose: each request has a connection for itself while it is under way, and one
/// that is given up takes its connection with it. With HTTP/2 all share one connection, and when
/// that leads nowhere (a machine that lost its power says no goodbye) all wait until TCP gives up.
final class LeaseClient {

    /// A record may have 64 KiB, and more as JSON within JSON; the rest of a Lease is small.
    static final int BYTES_MAX = 1 << 20;

    private final LeaseSettings settings;
    private final ScheduledExecutorService worker;
    private final LeaseCredentials credentials;
    private final ExecutorService threads =
            Executors.newFixedThreadPool(
                    2, Thread.ofPlatform().name("arbiter-lease-http-", 0).daemon().factory());
    private final Set<CompletableFuture<?>> underWay = new HashSet<>();
    private @Nullable HttpClient client;
    private @Nullable SSLContext context;

    LeaseClient(LeaseSettings settings, ScheduledExecutorService worker) {
        this.settings = settings;
        this.worker = worker;
        this.credentials = new LeaseCredentials(settings);
    }

    void get(String lease, long timeoutNanos, Consumer<LeaseAnswer> answer) {
        send(lease, false, timeoutNanos, answer, HttpRequest.newBuilder(uri("/" + lease)).GET());
    }

    void create(String lease, ObjectNode object, long timeoutNanos, Consumer<LeaseAnswer> answer) {
        send(
                lease,
                true,
                timeoutNanos,
                answer,
                HttpRequest.newBuilder(uri("?fieldManager=hastd")).POST(body(object)));
    }

    /// @param object names the uid and the resourceVersion that it replaces: without the uid, the
    ///   API server would make a deleted Lease again
    void update(String lease, ObjectNode object, long timeoutNanos, Consumer<LeaseAnswer> answer) {
        send(
                lease,
                true,
                timeoutNanos,
                answer,
                HttpRequest.newBuilder(uri("/" + lease + "?fieldManager=hastd")).PUT(body(object)));
    }

    /// Begins an exchange whose body the handler takes as it comes. It ends when the future is
    /// cancelled, or the client is closed.
    ///
    /// @param path and query below the namespace's Leases
    /// @throws IOException if the token or the TLS files cannot be read
    <T> CompletableFuture<HttpResponse<T>> open(String path, HttpResponse.BodyHandler<T> handler)
            throws IOException {
        return start(HttpRequest.newBuilder(uri(path)).GET(), handler);
    }

    void close() {
        Set.copyOf(underWay).forEach(future -> future.cancel(true));
        if (client != null) {
            client.shutdownNow();
        }
        threads.shutdown();
    }

    private void send(
            String lease,
            boolean change,
            long timeoutNanos,
            Consumer<LeaseAnswer> answer,
            HttpRequest.Builder request) {
        final var asked =
                new LeaseAnswer.Asked(settings.serverName(), settings.namespace(), lease, change);
        final CompletableFuture<HttpResponse<byte[]>> exchange;
        try {
            exchange = start(request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), BYTES_MAX));
        } catch (IOException e) {
            final var notSent =
                    new LeaseAnswer.NotSent(
                            "%scannot prepare the request: %s"
                                    .formatted(asked.at(), e.getMessage()));
            worker.execute(() -> answer.accept(notSent));
            return;
        }
        // HttpRequest's own time-out ends with the headers; a body may come for ever.
        final var alarm =
                worker.schedule(() -> exchange.cancel(true), timeoutNanos, TimeUnit.NANOSECONDS);
        exchange.whenCompleteAsync(
                (response, failure) -> {
                    alarm.cancel(false);
                    answer.accept(
                            response == null
                                    ? LeaseAnswer.ofFailure(asked, failure)
                                    : LeaseAnswer.ofResponse(
                                            asked,
                                            response.statusCode(),
                                            response.headers().firstValue("Retry-After"),
                                            response.body()));
                },
                worker);
    }

    private <T> CompletableFuture<HttpResponse<T>> start(
            HttpRequest.Builder request, HttpResponse.BodyHandler<T> handler) throws IOException {
        request.header("Accept", "application/json").header("User-Agent", "hastd");
        final Optional<String> token = credentials.token();
        token.ifPresent(text -> request.header("Authorization", "Bearer " + text));
        final var exchange = client().sendAsync(request.build(), handler);
        underWay.add(exchange);
        exchange.whenCompleteAsync((response, failure) -> underWay.remove(exchange), worker);
        return exchange;
    }

    private HttpClient client() throws IOException {
        final SSLContext now = credentials.context();
        if (client != null && now.equals(context)) {
            return client;
        }
        if (client != null) {
            // What is under way on it may end.
            client.shutdown();
        }
        context = now;
        client =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .followRedirects(HttpClient.Redirect.NEVER)
                        // The arbiter is never behind the proxy that the environment may name.
                        .proxy(HttpClient.Builder.NO_PROXY)
                        .connectTimeout(connectTimeout())
                        .sslContext(now)
                        .executor(threads)
                        .build();
        return client;
    }

    /// Less than an attempt may take, so that "no connection" is not taken for "no answer".
    private Duration connectTimeout() {
        return settings.attemptTimeout().multipliedBy(3).dividedBy(4);
    }

    private URI uri(String path) {
        return URI.create(settings.collection() + path);
    }

    private static HttpRequest.BodyPublisher body(ObjectNode object) {
        return BodyPublishers.ofString(object.toString(), StandardCharsets.UTF_8);
    }
}
