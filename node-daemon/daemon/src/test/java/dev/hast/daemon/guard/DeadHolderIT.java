package dev.hast.daemon.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hast.daemon.network.Segment;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A holder in a process of its own that is frozen, killed, started anew and ended in order.
final class DeadHolderIT {
    private static final String V4 = "10.83.0.100";
    private static final String V6 = "fd83::100";
    private static final Duration LEASE = Duration.ofSeconds(2);

    /// A client that asks each 5 ms on a busy machine may be told late.
    private static final Duration SLACK = Duration.ofSeconds(1);

    private final List<Process> processes = new ArrayList<>();
    private Segment segment;

    @BeforeEach
    void twoHosts() throws Exception {
        segment = Segment.create(2);
    }

    @AfterEach
    void away() {
        processes.forEach(Process::destroyForcibly);
        segment.close();
    }

    private Process holder(final Duration lease) throws IOException {
        final Process process =
                new ProcessBuilder(
                                Segment.inside(
                                        segment.host(1),
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "--enable-native-access=ALL-UNNAMED",
                                        "-Xmx64m",
                                        "-cp",
                                        System.getProperty("java.class.path"),
                                        HolderProgram.class.getName(),
                                        Long.toString(lease.toMillis()),
                                        V4,
                                        V6))
                        .redirectErrorStream(true)
                        .start();
        processes.add(process);
        return process;
    }

    /// Reads what the holder says up to the line that begins with `line`.
    private static String until(final Process process, final String line) throws IOException {
        final BufferedReader reader =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        final StringBuilder said = new StringBuilder();
        for (String next = reader.readLine(); next != null; next = reader.readLine()) {
            said.append(next).append('\n');
            if (next.startsWith(line)) {
                return said.toString();
            }
        }
        throw new AssertionError("ended without '" + line + "': " + said);
    }

    private static void signal(final Process process, final String name) throws IOException {
        Segment.run("kill", "-" + name, Long.toString(process.pid()));
    }

    /// Asks the address all the time, does `harm` once it has answered, and returns how long after
    /// the harm the last answer came.
    private Duration answeredAfter(final String address, final Harm harm) throws Exception {
        final CountDownLatch answering = new CountDownLatch(1);
        final CompletableFuture<Long> last = new CompletableFuture<>();
        try (Echo _ = Echo.on(segment, 1, address)) {
            Thread.ofPlatform()
                    .start(() -> {
                        try {
                            last.complete(
                                    Echo.lastAnswer(segment, 2, address, answering::countDown));
                        } catch (final Exception failure) {
                            last.completeExceptionally(failure);
                        }
                    });
            assertThat(answering.await(30, TimeUnit.SECONDS)).isTrue();
            final long begin = System.nanoTime();
            harm.happen();
            return Duration.ofNanos(last.get(60, TimeUnit.SECONDS) - begin);
        }
    }

    @FunctionalInterface
    private interface Harm {
        void happen() throws Exception;
    }

    private void assertThatNothingAnswers() throws Exception {
        assertThat(segment.on(1, "ip", "addr")).as("the lifetime is not over").contains(V4, V6);
        assertThat(segment.misses(2, V4)).as("ping").isTrue();
        assertThat(segment.misses(2, V6)).as("ping, IPv6").isTrue();
        // And to those who ask anew where it is.
        segment.on(2, "ip", "neigh", "flush", "all");
        assertThat(segment.misses(2, V4)).isTrue();
        assertThat(segment.misses(2, V6)).isTrue();
        assertThat(segment.on(2, "ip", "neigh", "show", "to", V4)).doesNotContain("lladdr");
        assertThat(segment.on(2, "ip", "-6", "neigh", "show", "to", V6)).doesNotContain("lladdr");
    }

    @Test
    void aFrozenHolderIsSilentAfterItsLeaseAndAnswersAgainWhenItWakes() throws Exception {
        final Process holder = holder(LEASE);
        assertThat(until(holder, "held")).contains("GuardAndLifetime[owned=true]");
        assertThat(answeredAfter(V4, () -> signal(holder, "STOP"))).isLessThan(LEASE.plus(SLACK));
        assertThatNothingAnswers();
        signal(holder, "CONT");
        assertThat(segment.reaches(2, V4)).isTrue();
        assertThat(segment.reaches(2, V6)).isTrue();
    }

    @Test
    void aKilledHolderIsSilentAfterItsLeaseAndTheNextOneCleansUp() throws Exception {
        final Process killed = holder(LEASE);
        until(killed, "held");
        assertThat(answeredAfter(V6, () -> signal(killed, "KILL"))).isLessThan(LEASE.plus(SLACK));
        assertThatNothingAnswers();
        final Process next = holder(Duration.ZERO);
        assertThat(until(next, "clean"))
                .contains("removed " + V4 + " on eth0", "removed fd83:0:0:0:0:0:0:100 on eth0")
                .contains("GuardAndLifetime[owned=true]");
        assertThat(next.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(segment.on(1, "ip", "addr")).doesNotContain(V4, V6);
        assertThat(segment.on(1, "nft", "list", "tables")).isBlank();
    }

    @Test
    void aHolderThatIsKilledAndStartedAtOnceHoldsAgain() throws Exception {
        final Process killed = holder(LEASE);
        until(killed, "held");
        signal(killed, "KILL");
        assertThat(killed.waitFor(30, TimeUnit.SECONDS)).isTrue();
        until(holder(LEASE), "held");
        assertThat(segment.reaches(2, V4)).isTrue();
        assertThat(segment.reaches(2, V6)).isTrue();
    }

    @Test
    void connectionsOfAFrozenHolderHangAndAreNotRefused() throws Exception {
        final Process holder = holder(LEASE);
        until(holder, "held");
        final InetSocketAddress address = new InetSocketAddress(V4, 7008);
        try (ServerSocket server =
                        segment.in(1, () -> new ServerSocket(7008, 5, address.getAddress()));
                Socket client = segment.in(2, () -> new Socket(address.getAddress(), 7008));
                Socket accepted = server.accept()) {
            client.setSoTimeout(500);
            accepted.getOutputStream().write(1);
            assertThat(client.getInputStream().read()).isEqualTo(1);
            answeredAfter(V4, () -> signal(holder, "STOP"));
            accepted.getOutputStream().write(2);
            assertThatThrownBy(() -> client.getInputStream().read())
                    .isInstanceOf(SocketTimeoutException.class);
            assertThatThrownBy(() -> segment.in(2, () -> connected(address)))
                    .isInstanceOf(SocketTimeoutException.class);
        }
    }

    private static boolean connected(final InetSocketAddress address) throws IOException {
        try (Socket fresh = new Socket()) {
            fresh.connect(address, 500);
            return fresh.isConnected();
        }
    }

    @Test
    void aHolderThatEndsInOrderLeavesNothing() throws Exception {
        final Process holder = holder(LEASE);
        until(holder, "held");
        holder.getOutputStream().write('\n');
        holder.getOutputStream().close();
        assertThat(holder.waitFor(30, TimeUnit.SECONDS)).isTrue();
        assertThat(holder.exitValue()).isZero();
        assertThat(segment.on(1, "ip", "addr")).doesNotContain(V4, V6);
        assertThat(segment.on(1, "nft", "list", "tables")).isBlank();
    }
}
