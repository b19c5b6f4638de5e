package dev.hast.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.Await;
import dev.hast.daemon.node.HttpPort.Answer;
import dev.hast.daemon.node.HttpPort.Refusal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The metrics port under bad company, while a scraper that behaves is answered.
final class HttpPortIT {

    private final Map<Refusal, Long> refused = new ConcurrentHashMap<>();
    private final List<Socket> sockets = new ArrayList<>();
    private HttpPort port;

    @BeforeEach
    void start() throws IOException {
        port =
                new HttpPort(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        Duration.ofSeconds(2),
                        path -> Answer.of(path.equals("/good"), path + "\n"),
                        refusal -> refused.merge(refusal, 1L, Long::sum));
    }

    @AfterEach
    void stop() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
        port.close();
    }

    private Socket connect(String text) throws IOException {
        final Socket socket = new Socket(InetAddress.getLoopbackAddress(), port.port());
        socket.setSoTimeout(30_000);
        sockets.add(socket);
        try {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
        } catch (IOException e) {
            // It may have been closed already.
            assertThat(e).hasMessageMatching(".*(reset|pipe).*");
        }
        return socket;
    }

    private static String all(Socket socket) throws IOException {
        try {
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (java.net.SocketException reset) {
            return "";
        }
    }

    private void expect(Refusal refusal, long times) {
        Await.until(
                times + " times " + refusal,
                () -> refused.getOrDefault(refusal, 0L) == times,
                () -> refused);
    }

    private void ask() throws IOException {
        assertThat(all(connect("GET /good HTTP/1.1\r\nHost: x\r\n\r\n")))
                .isEqualTo(
                        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 6\r\n"
                                + "Connection: close\r\n\r\n/good\n");
    }

    @Test
    void pagesAreAnswered() throws IOException {
        ask();
        assertThat(all(connect("HEAD /good HTTP/1.0\r\n\r\n")))
                .contains("Content-Length: 6\r\n")
                .endsWith("\r\n\r\n");
        assertThat(all(connect("GET /bad?x=1 HTTP/1.1\r\n\r\n")))
                .startsWith("HTTP/1.1 503 Service Unavailable\r\n")
                .endsWith("/bad\n");
        assertThat(refused).isEmpty();
    }

    @Test
    void garbageIsClosedCountedAndHurtsNobodyElse() throws IOException {
        final Random random = new Random(7);
        for (int i = 0; i < 30; i++) {
            final StringBuilder garbage = new StringBuilder("x");
            random.ints(1 + random.nextInt(2000), 0, 256).forEach(c -> garbage.append((char) c));
            assertThat(all(connect(garbage.toString()))).isEmpty();
        }
        assertThat(all(connect("GET /good\r\n\r\n"))).isEmpty();
        expect(Refusal.GARBAGE, 31);
        ask();
    }

    @Test
    void requestWithoutEndIsClosedAndCounted() throws IOException {
        assertThat(all(connect("GET /" + "x".repeat(20_000)))).isEmpty();
        expect(Refusal.OVERSIZED, 1);
        ask();
    }

    @Test
    void silentConnectionsEndAndKeepNobodyOut() throws IOException {
        for (int i = 0; i < 100; i++) {
            connect("GET /go");
        }
        expect(Refusal.TOO_MANY, 100 - 64);
        ask();
        for (Socket socket : List.copyOf(sockets)) {
            assertThat(all(socket)).doesNotContain("200 OK\r\nContent-Length");
        }
        // The one that asked well has made room for itself too.
        expect(Refusal.SILENT, 63);
        expect(Refusal.TOO_MANY, 100 - 63);
        ask();
    }
}
