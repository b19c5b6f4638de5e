package dev.hast.daemon.network;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// Hosts on one bridge, each in a network namespace of its own: `10.83.0.N/24` and `fd83::N/64` on
/// its `eth0`, no waiting for duplicate addresses.
///
/// The names of the namespaces begin with `hck-` and the process id. What an earlier run has left
/// is removed by [#create].
public final class Segment implements AutoCloseable {
    private static final String PREFIX = "hck-";
    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final String name =
            PREFIX + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
    private final List<String> namespaces = new ArrayList<>();

    private Segment() {}

    /// @param hosts how many, numbered from 1
    public static Segment create(final int hosts) throws IOException {
        removeLeftOvers();
        final Segment segment = new Segment();
        try {
            segment.build(hosts);
            return segment;
        } catch (final IOException | RuntimeException | AssertionError failure) {
            segment.close();
            throw failure;
        }
    }

    private void build(final int hosts) throws IOException {
        final String bridge = name + "-br";
        makeNamespace(bridge);
        run("ip", "-n", bridge, "link", "add", "br0", "type", "bridge", "forward_delay", "0");
        run("ip", "-n", bridge, "link", "set", "br0", "up");
        for (int number = 1; number <= hosts; number++) {
            final String host = host(number);
            makeNamespace(host);
            run("ip", "netns", "exec", host, "sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0");
            plugIn(number, "p" + number);
            run("ip", "-n", host, "link", "set", "lo", "up");
            run("ip", "-n", host, "link", "set", "eth0", "up");
            run("ip", "-n", host, "addr", "add", ipv4(number) + "/24", "dev", "eth0");
            run("ip", "-n", host, "addr", "add", ipv6(number) + "/64", "dev", "eth0", "nodad");
        }
    }

    /// Makes `eth0` of a host, down, and puts its other end into the bridge.
    public void plugIn(final int number, final String port) throws IOException {
        final String bridge = bridge();
        run(
                "ip",
                "-n",
                bridge,
                "link",
                "add",
                port,
                "type",
                "veth",
                "peer",
                "name",
                "eth0",
                "netns",
                host(number));
        run("ip", "-n", bridge, "link", "set", port, "master", "br0", "up");
    }

    /// The `eth0` of a host as the kernel tells it there.
    public InterfaceState eth0(final int host) throws Exception {
        return in(
                host,
                () -> {
                    try (Interfaces interfaces = Interfaces.open()) {
                        return interfaces.named("eth0").orElseThrow();
                    }
                });
    }

    private void makeNamespace(final String namespace) throws IOException {
        run("ip", "netns", "add", namespace);
        namespaces.add(namespace);
    }

    public String host(final int number) {
        return name + "-h" + number;
    }

    public String bridge() {
        return name + "-br";
    }

    public static String ipv4(final int number) {
        return "10.83.0." + number;
    }

    public static String ipv6(final int number) {
        return "fd83::" + number;
    }

    /// Runs a command on a host and returns what it printed; it must succeed.
    public String on(final int number, final String... command) throws IOException {
        return run(inside(host(number), command));
    }

    /// Whether `address` answers an ICMP echo request of a host within five seconds.
    public boolean reaches(final int number, final String address) throws Exception {
        return reaches(number, address, 5_000);
    }

    /// Whether `address` leaves an ICMP echo request of a host unanswered for half a second.
    public boolean misses(final int number, final String address) throws Exception {
        return !reaches(number, address, 500);
    }

    private boolean reaches(final int number, final String address, final int milliseconds)
            throws Exception {
        return in(number, () -> InetAddress.getByName(address).isReachable(milliseconds));
    }

    /// A command line that runs on a host.
    public static String[] inside(final String namespace, final String... command) {
        final List<String> whole = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
        whole.addAll(List.of(command));
        return whole.toArray(String[]::new);
    }

    /// Calls `call` on a thread of its own that has entered the host's namespace; what it opens
    /// stays there.
    public <T> T in(final int number, final Callable<T> call) throws Exception {
        return NetworkNamespace.call(host(number), call);
    }

    public static String run(final String... command) throws IOException {
        final Outcome outcome = outcome(command);
        if (outcome.status() != 0) {
            throw new AssertionError(
                    "%s: status %d: %s"
                            .formatted(
                                    String.join(" ", command), outcome.status(), outcome.text()));
        }
        return outcome.text();
    }

    private record Outcome(int status, String text) {}

    private static Outcome outcome(final String... command) throws IOException {
        final Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        try {
            final String text =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("did not end: " + String.join(" ", command));
            }
            return new Outcome(process.exitValue(), text);
        } catch (final InterruptedException interrupted) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
            throw new AssertionError(interrupted);
        }
    }

    /// Namespaces of processes that are no more.
    private static void removeLeftOvers() throws IOException {
        for (final String line : run("ip", "netns", "list").split("\n")) {
            final String namespace = line.strip().split(" ")[0];
            final String[] parts = namespace.split("-");
            if (namespace.startsWith(PREFIX)
                    && parts.length == 4
                    && ProcessHandle.of(Long.parseLong(parts[1])).isEmpty()) {
                run("ip", "netns", "del", namespace);
            }
        }
    }

    @Override
    public void close() {
        for (final String namespace : namespaces) {
            try {
                run("ip", "netns", "del", namespace);
            } catch (final IOException | AssertionError failure) {
                System.err.println("left behind: " + namespace + ": " + failure);
            }
        }
    }
}
