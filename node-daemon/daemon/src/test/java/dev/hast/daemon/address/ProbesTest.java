package dev.hast.daemon.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.document.Endpoint;
import dev.hast.daemon.document.VirtualIpDocument.Check;
import dev.hast.daemon.document.VirtualIpDocument.CommandCheck;
import dev.hast.daemon.document.VirtualIpDocument.Probe;
import dev.hast.daemon.document.VirtualIpDocument.TcpCheck;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ProbesTest {

    @TempDir private Path directory;

    private final BlockingQueue<Map<String, Integer>> told = new LinkedBlockingQueue<>();

    private Probes probes(Probe... probes) {
        return new Probes("g", List.of(probes), told::add);
    }

    private static Probe probe(String name, Check check, int weight) {
        return new Probe(name, check, Duration.ofMillis(10), Duration.ofSeconds(20), 2, weight);
    }

    private Map<String, Integer> next() throws InterruptedException {
        final Map<String, Integer> news = told.poll(30, TimeUnit.SECONDS);
        return news == null ? Map.of("nothing", 0) : news;
    }

    @Test
    void aProgramThatFailsIsToldAndThatItSucceedsAgain() throws Exception {
        final Path good = directory.resolve("good");
        final Check check = new CommandCheck(List.of("/usr/bin/test", "-e", good.toString()));
        try (Probes _ = probes(probe("p", check, 60))) {
            assertThat(next()).isEqualTo(Map.of("p", 60));
            Files.createFile(good);
            assertThat(next()).isEmpty();
        }
    }

    @Test
    void theWeightsOfAllThatFailAreTold() throws Exception {
        final Check bad = new CommandCheck(List.of("/bin/false"));
        final Check missing = new CommandCheck(List.of("/nowhere/program"));
        try (Probes _ = probes(probe("p", bad, 60), probe("q", missing, 7))) {
            next();
            assertThat(next()).isEqualTo(Map.of("p", 60, "q", 7));
        }
    }

    @Test
    void aPortThatTakesNoConnectionFails() throws Exception {
        final int port;
        try (ServerSocket open = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
            port = open.getLocalPort();
        }
        final Check check = new TcpCheck(new Endpoint("127.0.0.1", port));
        try (Probes _ = probes(probe("port", check, 240))) {
            assertThat(next()).isEqualTo(Map.of("port", 240));
            try (ServerSocket _ = new ServerSocket(port, 50, InetAddress.getLoopbackAddress())) {
                assertThat(next()).isEmpty();
            }
        }
    }
}
