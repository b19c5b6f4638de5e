package dev.hast.daemon.arbiter;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/// Real etcd servers on loopback ports of this machine: one, or a cluster. They end with [#close],
/// or with the JVM.
final class EtcdServers implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 60;
    private static final String READY = "ready to serve client requests";

    private final Path directory;
    private final Optional<TestCertificates> certificates;
    private final List<Server> servers = new ArrayList<>();
    private final List<String> identity = new ArrayList<>();

    /// One member of the cluster, which may be down.
    private static final class Server {
        private final int clientPort;
        private final int peerPort;
        private Process process;
        private CountDownLatch ready;

        Server(int clientPort, int peerPort) {
            this.clientPort = clientPort;
            this.peerPort = peerPort;
        }
    }

    /// Starts `count` members, with TLS and client certificates if there are certificates.
    EtcdServers(Path directory, int count, Optional<TestCertificates> certificates)
            throws IOException {
        this.directory = directory;
        this.certificates = certificates;
        final int[] ports = freePorts(2 * count);
        for (int i = 0; i < count; i++) {
            servers.add(new Server(ports[2 * i], ports[2 * i + 1]));
        }
        Runtime.getRuntime().addShutdownHook(new Thread(this::close));
        start(all());
    }

    /// Skips the calling test where etcd is missing.
    static void assumeInstalled() {
        for (String program : List.of("etcd", "etcdctl")) {
            final boolean there =
                    Stream.of(System.getenv("PATH").split(":"))
                            .anyMatch(d -> Files.isExecutable(Path.of(d, program)));
            Assumptions.assumeTrue(
                    there,
                    program
                            + " is not installed: apt-get install etcd-server etcd-client to run the tests of the etcd arbiter");
        }
    }

    List<URI> endpoints() {
        return servers.stream()
                .map(s ->
                        URI.create(
                                (certificates.isPresent() ? "https" : "http")
                                        + "://127.0.0.1:"
                                        + s.clientPort))
                .toList();
    }

    int[] all() {
        return IntStream.range(0, servers.size()).toArray();
    }

    /// Starts members, and waits until each of them serves.
    void start(int... members) throws IOException {
        for (int member : members) {
            launch(member);
        }
        for (int member : members) {
            await(
                    servers.get(member).ready,
                    "etcd " + member + " did not come up, see " + log(member));
        }
    }

    /// Kills members as a power cut would, and waits for their ends.
    void kill(int... members) {
        for (int member : members) {
            final Process process = servers.get(member).process;
            process.destroyForcibly();
            process.onExit().join();
        }
    }

    void freeze(int... members) throws IOException {
        signal("STOP", members);
        for (int member : members) {
            awaitStopped(servers.get(member).process.pid());
        }
    }

    /// A signal is only on its way when `kill` returns: a thread on another core may yet answer.
    private static void awaitStopped(long pid) throws IOException {
        for (boolean stopped = false; !stopped; ) {
            try (Stream<Path> threads = Files.list(Path.of("/proc", Long.toString(pid), "task"))) {
                stopped = true;
                for (Path thread : threads.toList()) {
                    final String stat = Files.readString(thread.resolve("stat"));
                    stopped &= stat.charAt(stat.lastIndexOf(')') + 2) == 'T';
                }
            }
            Thread.onSpinWait();
        }
    }

    void thaw(int... members) throws IOException {
        signal("CONT", members);
    }

    /// Everything that etcdctl needs to log in, for [#ctl] from now on.
    void identify(String user, String password) {
        identity.addAll(List.of("--user", user + ":" + password));
    }

    /// Runs etcdctl against the first member.
    void ctl(byte[] input, String... arguments) throws IOException {
        final List<String> command =
                new ArrayList<>(
                        List.of("etcdctl", "--endpoints", endpoints().getFirst().toString()));
        certificates.ifPresent(c ->
                command.addAll(
                        List.of(
                                "--cacert",
                                c.authority().toString(),
                                "--cert",
                                c.client().certificate().toString(),
                                "--key",
                                c.client().key().toString())));
        command.addAll(identity);
        command.addAll(Arrays.asList(arguments));
        final ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("ETCDCTL_API", "3");
        final Process process = builder.start();
        try (var stdin = process.getOutputStream()) {
            stdin.write(input);
        }
        final String output =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.onExit().join().exitValue() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
    }

    void put(String key, byte[] value) throws IOException {
        ctl(value, "put", key);
    }

    void delete(String key) throws IOException {
        ctl(new byte[0], "del", key);
    }

    @Override
    public void close() {
        for (Server server : servers) {
            if (server.process != null) {
                server.process.destroyForcibly();
            }
        }
        for (Server server : servers) {
            if (server.process != null) {
                server.process.onExit().join();
            }
        }
    }

    private void launch(int member) throws IOException {
        final Server server = servers.get(member);
        final List<String> command =
                new ArrayList<>(
                        List.of(
                                "etcd",
                                "--name",
                                "e" + member,
                                "--data-dir",
                                directory.resolve("e" + member).toString(),
                                "--listen-client-urls",
                                endpoints().get(member).toString(),
                                "--advertise-client-urls",
                                endpoints().get(member).toString(),
                                "--listen-peer-urls",
                                peerUrl(server),
                                "--initial-advertise-peer-urls",
                                peerUrl(server),
                                "--initial-cluster-token",
                                directory.toString(),
                                "--initial-cluster",
                                initialCluster()));
        certificates.ifPresent(c ->
                command.addAll(
                        List.of(
                                "--cert-file",
                                c.server().certificate().toString(),
                                "--key-file",
                                c.server().key().toString(),
                                "--client-cert-auth",
                                "--trusted-ca-file",
                                c.authority().toString())));
        final ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        // etcd takes its settings from variables, too: none of this machine's may reach it.
        builder.environment().keySet().removeIf(name -> name.startsWith("ETCD_"));
        server.process = builder.start();
        server.ready = new CountDownLatch(1);
        final Process process = server.process;
        final CountDownLatch ready = server.ready;
        Thread.ofVirtual().start(() -> follow(process, ready, log(member)));
    }

    private String initialCluster() {
        final List<String> parts = new ArrayList<>();
        for (int member : all()) {
            parts.add("e" + member + "=" + peerUrl(servers.get(member)));
        }
        return String.join(",", parts);
    }

    private static String peerUrl(Server server) {
        return "http://127.0.0.1:" + server.peerPort;
    }

    private Path log(int member) {
        return directory.resolve("e" + member + ".log");
    }

    private static void follow(Process process, CountDownLatch ready, Path log) {
        try (var lines =
                        new BufferedReader(
                                new InputStreamReader(
                                        process.getInputStream(), StandardCharsets.UTF_8));
                var copy = Files.newBufferedWriter(log)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                copy.write(line);
                copy.newLine();
                copy.flush();
                if (line.contains(READY)) {
                    ready.countDown();
                }
            }
        } catch (IOException e) {
            // The process ended, or the directory of the test is gone already.
            ready.countDown();
        }
    }

    private void signal(String name, int... members) throws IOException {
        for (int member : members) {
            final var kill =
                    new ProcessBuilder(
                            "kill", "-" + name, Long.toString(servers.get(member).process.pid()));
            if (kill.start().onExit().join().exitValue() != 0) {
                throw new IOException("cannot send SIG" + name + " to etcd " + member);
            }
        }
    }

    private static int[] freePorts(int count) throws IOException {
        final List<ServerSocket> held = new ArrayList<>();
        try {
            for (int i = 0; i < count; i++) {
                held.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
            }
            return held.stream().mapToInt(ServerSocket::getLocalPort).toArray();
        } finally {
            for (ServerSocket socket : held) {
                socket.close();
            }
        }
    }

    private static void await(CountDownLatch latch, String otherwise) throws IOException {
        try {
            if (!latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(otherwise);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(otherwise, e);
        }
    }
}
