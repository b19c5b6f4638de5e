package dev.hast.daemon.arbiter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/// The part of an API server that keeps Leases, in front of [LeaseStoreModel], which loses, delays
/// and doubles requests and answers on demand.
final class UnreliableApiServer implements AutoCloseable {

    static final String NAMESPACE = "hast-system";
    static final String PATH = "/apis/coordination.k8s.io/v1/namespaces/" + NAMESPACE + "/leases";
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /// What becomes of one request.
    enum Fate {
        ANSWERED,
        /// The connection breaks before the request is carried out.
        LOST_BEFORE,
        /// It is carried out, and the connection breaks before the answer.
        LOST_AFTER,
        /// The connection breaks, and it is carried out when [#carryOutLate] says so.
        LATE,
        /// Nothing is answered before the server closes.
        HANGS,
        /// It is carried out, and half the answer comes.
        HALF_ANSWERED,
        /// It is carried out, and the body of its answer never ends.
        ENDLESS,
        /// Something on the way sends it twice, and gives back the second answer.
        DOUBLED,
        /// 500, and it was not carried out.
        FAILED,
        /// 504, and it was carried out.
        TIMED_OUT,
        /// 429, and again at once.
        THROTTLED,
        /// 429, and again in an hour.
        THROTTLED_LONG,
        /// 410 out of place.
        GONE,
        /// 401 whatever the token is.
        UNKNOWN_CALLER,
        /// 403.
        FORBIDDEN,
        /// 302.
        REDIRECTED,
        /// A page for people.
        NOT_KUBERNETES,
        /// 409 of something else: a quota, a webhook.
        SPURIOUS_CONFLICT,
        /// 404 of a proxy.
        SPURIOUS_NOT_FOUND
    }

    final LeaseStoreModel store = new LeaseStoreModel(NAMESPACE);
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Deque<Fate> next = new ArrayDeque<>();
    private final List<Runnable> late = new ArrayList<>();
    private final List<String> requests = new ArrayList<>();
    private Function<String, Fate> usually = method -> Fate.ANSWERED;
    private Optional<String> token = Optional.empty();
    private Runnable afterNextWrite = () -> {};

    UnreliableApiServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    URI address() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    LeaseSettings settings() {
        return LeaseSettings.of(address(), NAMESPACE, Optional.empty(), Optional.empty())
                .withTimeouts(Duration.ofSeconds(10), Duration.ofSeconds(30));
    }

    synchronized void next(Fate... fates) {
        next.addAll(List.of(fates));
    }

    synchronized void usually(Fate fate) {
        usually = method -> fate;
    }

    /// @param fates by method
    synchronized void usually(Function<String, Fate> fates) {
        usually = fates;
    }

    synchronized void requireToken(String text) {
        token = Optional.of(text);
    }

    synchronized void afterNextWrite(Runnable then) {
        afterNextWrite = then;
    }

    /// Method and path of all requests, and forgets them.
    synchronized List<String> requests() {
        final List<String> all = List.copyOf(requests);
        requests.clear();
        return all;
    }

    /// Carries out what was late.
    ///
    /// @return how many requests that were
    int carryOutLate() {
        final List<Runnable> all;
        synchronized (this) {
            all = List.copyOf(late);
            late.clear();
        }
        all.forEach(Runnable::run);
        return all.size();
    }

    /// Carries out one of what is late.
    void carryOutOneLate(int which) {
        final Runnable one;
        synchronized (this) {
            if (late.isEmpty()) {
                return;
            }
            one = late.remove(which % late.size());
        }
        one.run();
    }

    @Override
    public void close() {
        store.endWatches();
        server.stop(0);
        threads.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        final byte[] body = exchange.getRequestBody().readAllBytes();
        final String method = exchange.getRequestMethod();
        final String path = exchange.getRequestURI().getPath();
        final String query = String.valueOf(exchange.getRequestURI().getQuery());
        final boolean known;
        final Fate fate;
        synchronized (this) {
            requests.add(method + " " + exchange.getRequestURI());
            known =
                    token.isEmpty()
                            || List.of("Bearer " + token.get())
                                    .equals(exchange.getRequestHeaders().get("Authorization"));
            fate = next.isEmpty() ? usually.apply(method) : next.removeFirst();
        }
        if (!path.startsWith(PATH)) {
            answer(exchange, 404, LeaseStoreModel.status(404, "NotFound", "no such path", ""));
        } else if (!known) {
            answer(exchange, 401, LeaseStoreModel.status(401, "Unauthorized", "Unauthorized", ""));
        } else if (query.contains("watch=1") && fate == Fate.ANSWERED) {
            watch(exchange, query);
        } else {
            fulfil(exchange, fate, () -> carryOut(method, path, query, body));
        }
    }

    private LeaseStoreModel.Reply carryOut(String method, String path, String query, byte[] body) {
        final String name = path.length() > PATH.length() ? path.substring(PATH.length() + 1) : "";
        final LeaseStoreModel.Reply reply =
                switch (method) {
                    case "GET" -> name.isEmpty() ? store.list() : store.get(name);
                    case "POST" -> store.create(object(body));
                    case "PUT" -> store.update(name, object(body));
                    case "DELETE" -> store.remove(name);
                    default -> LeaseStoreModel.status(405, "MethodNotAllowed", method, name);
                };
        if (!method.equals("GET")) {
            final Runnable then;
            synchronized (this) {
                then = afterNextWrite;
                afterNextWrite = () -> {};
            }
            then.run();
        }
        return reply;
    }

    private interface Request {
        LeaseStoreModel.Reply carryOut();
    }

    private void fulfil(HttpExchange exchange, Fate fate, Request request) throws IOException {
        switch (fate) {
            case ANSWERED -> answer(exchange, request.carryOut());
            case LOST_BEFORE -> exchange.close();
            case LOST_AFTER -> {
                request.carryOut();
                exchange.close();
            }
            case LATE -> {
                synchronized (this) {
                    late.add(request::carryOut);
                }
                exchange.close();
            }
            case HANGS -> {
                // The exchange stays as it is until the server stops.
            }
            case HALF_ANSWERED -> {
                final byte[] whole = bytes(request.carryOut().body());
                exchange.sendResponseHeaders(200, whole.length);
                exchange.getResponseBody().write(whole, 0, whole.length / 2);
                exchange.getResponseBody().flush();
                exchange.close();
            }
            case ENDLESS -> {
                request.carryOut();
                exchange.sendResponseHeaders(200, 0);
                final byte[] spaces = " ".repeat(1 << 16).getBytes(StandardCharsets.US_ASCII);
                for (int i = 0; i < 64; i++) {
                    exchange.getResponseBody().write(spaces);
                }
                exchange.close();
            }
            case DOUBLED -> {
                request.carryOut();
                answer(exchange, request.carryOut());
            }
            case FAILED -> answer(exchange, error(500, "InternalError", "etcdserver: no leader"));
            case TIMED_OUT -> {
                request.carryOut();
                answer(exchange, error(504, "Timeout", "request did not complete in time"));
            }
            case THROTTLED, THROTTLED_LONG -> {
                exchange.getResponseHeaders()
                        .set("Retry-After", fate == Fate.THROTTLED ? "0" : "3600");
                answer(exchange, error(429, "TooManyRequests", "please try again later"));
            }
            case GONE -> answer(exchange, error(410, "Gone", "gone"));
            case UNKNOWN_CALLER -> answer(exchange, error(401, "Unauthorized", "Unauthorized"));
            case FORBIDDEN -> answer(exchange, error(403, "Forbidden", "leases is forbidden"));
            case REDIRECTED -> {
                exchange.getResponseHeaders().set("Location", address() + "/login");
                exchange.sendResponseHeaders(302, -1);
                exchange.close();
            }
            case NOT_KUBERNETES -> {
                final byte[] page = "<html>hello</html>".getBytes(StandardCharsets.UTF_8);
                exchange.sendResponseHeaders(200, page.length);
                exchange.getResponseBody().write(page);
                exchange.close();
            }
            case SPURIOUS_CONFLICT ->
                    answer(exchange, error(409, "Conflict", "on resourcequotas: modified"));
            case SPURIOUS_NOT_FOUND -> {
                exchange.sendResponseHeaders(404, -1);
                exchange.close();
            }
        }
    }

    private void watch(HttpExchange exchange, String query) throws IOException {
        final long from = Long.parseLong(query.replaceAll(".*resourceVersion=([0-9]+).*", "$1"));
        exchange.sendResponseHeaders(200, 0);
        try (var out = exchange.getResponseBody();
                LeaseStoreModel.Events events = store.watch(from)) {
            // Headers go out with the first bytes.
            out.flush();
            for (var event = events.take(); event.isPresent(); event = events.take()) {
                out.write(bytes(event.get()));
                out.write('\n');
                out.flush();
            }
        }
    }

    private static LeaseStoreModel.Reply error(int status, String reason, String message) {
        return LeaseStoreModel.status(status, reason, message, "");
    }

    private static void answer(HttpExchange exchange, int status, LeaseStoreModel.Reply reply)
            throws IOException {
        answer(exchange, new LeaseStoreModel.Reply(status, reply.body()));
    }

    private static void answer(HttpExchange exchange, LeaseStoreModel.Reply reply)
            throws IOException {
        final byte[] body = bytes(reply.body());
        exchange.sendResponseHeaders(reply.status(), body.length);
        exchange.getResponseBody().write(body);
        exchange.close();
    }

    private static ObjectNode object(byte[] body) {
        try {
            return (ObjectNode) JSON.readTree(body);
        } catch (IOException e) {
            throw new AssertionError("the client sent no JSON", e);
        }
    }

    private static byte[] bytes(JsonNode node) {
        return node.toString().getBytes(StandardCharsets.UTF_8);
    }
}
