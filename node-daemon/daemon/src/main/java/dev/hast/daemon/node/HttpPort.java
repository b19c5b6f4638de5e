package dev.hast.daemon.node;

import dev.hast.daemon.metrics.MetricsText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// As much of HTTP/1.1 as a scraper and a health check need: `GET` and `HEAD`, one request a
/// connection. What asks too slowly, too much or nonsense is closed and counted.
///
/// A virtual thread accepts, and each connection has one of its own.
final class HttpPort implements AutoCloseable {

    /// An answer.
    record Answer(int status, String contentType, String text) {

        static final String PLAIN = "text/plain; charset=utf-8";

        static Answer of(boolean good, String text) {
            return new Answer(good ? 200 : 503, PLAIN, text);
        }
    }

    /// Why a connection was closed without an answer to what it wanted.
    enum Refusal {
        /// No request of HTTP/1.x.
        GARBAGE,
        /// A request longer than [#REQUEST_BYTES_MAX].
        OVERSIZED,
        /// It did not finish its request in time.
        SILENT,
        /// Too many connections were open; this was the oldest.
        TOO_MANY;

        /// The word in metrics.
        String text() {
            return MetricsText.word(this);
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(HttpPort.class);
    private static final int REQUEST_BYTES_MAX = 8 << 10;
    private static final int CONNECTIONS_MAX = 64;
    private static final int BACKLOG = 64;
    private static final byte[] END_OF_REQUEST = {'\r', '\n', '\r', '\n'};

    private final ServerSocket server;
    private final Function<String, Answer> pages;
    private final Consumer<Refusal> refusals;
    private final Duration limit;
    private final Set<Socket> open = new LinkedHashSet<>();

    /// @param pages the answer to each path
    /// @param limit until a request must have come
    HttpPort(
            InetSocketAddress address,
            Duration limit,
            Function<String, Answer> pages,
            Consumer<Refusal> refusals)
            throws IOException {
        this.pages = pages;
        this.refusals = refusals;
        this.limit = limit;
        if (address.isUnresolved()) {
            throw new IOException("unknown host " + address.getHostString());
        }
        final InetAddress host = address.getAddress();
        server = new ServerSocket(address.getPort(), BACKLOG, host);
        Thread.ofVirtual().name("http-accept").start(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        while (!server.isClosed()) {
            final Socket socket;
            try {
                socket = server.accept();
            } catch (IOException e) {
                if (!server.isClosed()) {
                    refusedToAccept(e);
                }
                continue;
            }
            makeRoom();
            synchronized (open) {
                open.add(socket);
            }
            Thread.ofVirtual().name("http").start(() -> serve(socket));
        }
    }

    /// Without file descriptors a connection cannot be accepted, and stays to be accepted: trying
    /// at once would only take processor time.
    private static void refusedToAccept(IOException cause) {
        LOG.atWarn().log("a connection for metrics could not be accepted: {}", cause.getMessage());
        java.util.concurrent.locks.LockSupport.parkNanos(Duration.ofMillis(100).toNanos());
    }

    private void makeRoom() {
        Socket oldest = null;
        synchronized (open) {
            if (open.size() >= CONNECTIONS_MAX) {
                oldest = open.iterator().next();
                open.remove(oldest);
            }
        }
        if (oldest != null) {
            refusals.accept(Refusal.TOO_MANY);
            closeQuietly(oldest);
        }
    }

    private void serve(Socket socket) {
        try {
            final String request = request(socket);
            if (!request.isEmpty()) {
                answer(socket, request);
            }
        } catch (SocketTimeoutException e) {
            refused(socket, Refusal.SILENT);
        } catch (IOException e) {
            // It has gone: it wanted no answer any more.
            LOG.atTrace().setCause(e).log("a connection for metrics ended");
        } finally {
            synchronized (open) {
                open.remove(socket);
            }
            closeQuietly(socket);
        }
    }

    /// The first line; empty when there is nothing to answer.
    private String request(Socket socket) throws IOException {
        final long end = System.nanoTime() + limit.toNanos();
        final ByteArrayOutputStream head = new ByteArrayOutputStream();
        final InputStream in = socket.getInputStream();
        final byte[] some = new byte[1024];
        while (!endsRequest(head.toByteArray())) {
            final long left = (end - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                throw new SocketTimeoutException();
            }
            socket.setSoTimeout((int) left);
            final int count = in.read(some);
            if (count < 0) {
                return "";
            }
            head.write(some, 0, count);
            if (head.size() > REQUEST_BYTES_MAX) {
                refused(socket, Refusal.OVERSIZED);
                return "";
            }
            if (!beginsAsRequest(head.toByteArray())) {
                refused(socket, Refusal.GARBAGE);
                return "";
            }
        }
        return head.toString(StandardCharsets.US_ASCII).lines().findFirst().orElse("");
    }

    private static boolean endsRequest(byte[] head) {
        for (int i = 0; i + END_OF_REQUEST.length <= head.length; i++) {
            if (java.util.Arrays.equals(
                    head, i, i + END_OF_REQUEST.length, END_OF_REQUEST, 0, END_OF_REQUEST.length)) {
                return true;
            }
        }
        return false;
    }

    private static boolean beginsAsRequest(byte[] head) {
        final String begin =
                new String(head, 0, Math.min(head.length, 5), StandardCharsets.US_ASCII);
        return "GET /".startsWith(begin) || "HEAD ".startsWith(begin);
    }

    private void answer(Socket socket, String request) throws IOException {
        final String[] words = request.split(" ", -1);
        if (words.length != 3 || !words[2].startsWith("HTTP/1.")) {
            refused(socket, Refusal.GARBAGE);
            return;
        }
        final String path = words[1].split("\\?", 2)[0];
        final Answer answer = pages.apply(path);
        final byte[] body = answer.text().getBytes(StandardCharsets.UTF_8);
        final String head =
                "HTTP/1.1 %d %s\r\nContent-Type: %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
                        .formatted(
                                answer.status(),
                                reason(answer.status()),
                                answer.contentType(),
                                body.length);
        final var out = socket.getOutputStream();
        out.write(head.getBytes(StandardCharsets.US_ASCII));
        if (words[0].equals("GET")) {
            out.write(body);
        }
        out.flush();
    }

    private static String reason(int status) {
        return status == 200 ? "OK" : status == 404 ? "Not Found" : "Service Unavailable";
    }

    private void refused(Socket socket, Refusal refusal) {
        final boolean ours;
        synchronized (open) {
            ours = open.remove(socket);
        }
        // Else it made room for another, and was counted then.
        if (ours) {
            refusals.accept(refusal);
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            LOG.atTrace().setCause(e).log("a connection for metrics was not closed in order");
        }
    }

    @Override
    public void close() {
        try {
            server.close();
        } catch (IOException e) {
            LOG.atWarn().log("the metrics port stays open: {}", e.getMessage());
        }
        final Set<Socket> rest;
        synchronized (open) {
            rest = Set.copyOf(open);
        }
        rest.forEach(HttpPort::closeQuietly);
    }
}
