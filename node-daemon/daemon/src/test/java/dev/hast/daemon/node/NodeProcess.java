package dev.hast.daemon.node;

import dev.hast.control.v1.ControlGrpc;
import dev.hast.control.v1.ControlGrpc.ControlBlockingStub;
import dev.hast.daemon.Await;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.io.File;
import java.io.IOException;
import java.net.Socket;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A real hastd in a process of its own, that can be killed and made to suffer.
final class NodeProcess implements AutoCloseable {

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final MultiThreadIoEventLoopGroup LOOP =
            new MultiThreadIoEventLoopGroup(
                    1,
                    Thread.ofPlatform().daemon().name("test-control").factory(),
                    NioIoHandler.newFactory());

    private final String name;
    private final Path directory;
    private final Path documents;
    private final int metrics;
    private final List<String> prefix;
    private @Nullable Process process;
    private @Nullable ManagedChannel channel;

    /// @param metrics the port of its metrics
    /// @param prefix what the command is run by, for limits
    NodeProcess(String name, Path directory, Path documents, int metrics, List<String> prefix)
            throws IOException {
        this.metrics = metrics;
        this.name = name;
        this.directory = directory;
        this.documents = documents;
        this.prefix = List.copyOf(prefix);
        Files.createDirectories(directory.resolve("faults"));
    }

    void start() throws IOException {
        final List<String> command = new ArrayList<>(prefix);
        command.addAll(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-XX:TieredStopAtLevel=1",
                        "-Xmx128m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-Dhast.test.faults=" + directory.resolve("faults"),
                        "-cp",
                        System.getProperty(
                                "surefire.test.class.path", System.getProperty("java.class.path")),
                        "dev.hast.daemon.Main",
                        "-c",
                        documents.toString(),
                        "-n",
                        name,
                        "-x"));
        Files.deleteIfExists(controlSocket());
        final File log = directory.resolve("log").toFile();
        process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.appendTo(log))
                        .start();
    }

    /// Starts it and waits until it answers.
    NodeProcess started() throws IOException {
        start();
        Await.until(
                name + " listens",
                () -> Files.exists(controlSocket()) && listens() || !isAlive(),
                this::lastLines);
        return this;
    }

    /// The metrics port is the last that opens.
    private boolean listens() {
        try (Socket socket = new Socket("127.0.0.1", metrics)) {
            return socket.isConnected();
        } catch (IOException e) {
            return false;
        }
    }

    Path controlSocket() {
        return directory.resolve("run/control.sock");
    }

    Path exportSocket(String resource) {
        return directory.resolve("run").resolve(resource + ".nbd");
    }

    String name() {
        return name;
    }

    boolean isAlive() {
        return process != null && process.isAlive();
    }

    /// Waits until it ended; its exit status.
    int ended() throws InterruptedException {
        final Process running = java.util.Objects.requireNonNull(process);
        if (!running.waitFor(30, TimeUnit.SECONDS)) {
            throw new AssertionError(name + " still runs: " + lastLines());
        }
        return running.exitValue();
    }

    void kill() throws InterruptedException {
        final Process running = process;
        if (running != null) {
            running.destroyForcibly();
            running.waitFor();
        }
        closeChannel();
    }

    /// SIGTERM.
    int terminate() throws InterruptedException {
        final Process running = java.util.Objects.requireNonNull(process);
        running.destroy();
        return ended();
    }

    /// Sends a signal: STOP freezes it, CONT wakes it.
    void signal(String name) throws IOException, InterruptedException {
        final long pid = java.util.Objects.requireNonNull(process).pid();
        final Process sent =
                new ProcessBuilder("kill", "-" + name, Long.toString(pid)).inheritIO().start();
        if (sent.waitFor() != 0) {
            throw new IOException("no process " + pid);
        }
    }

    long openFiles() throws IOException {
        final long pid = java.util.Objects.requireNonNull(process).pid();
        try (var open = Files.list(Path.of("/proc/" + pid + "/fd"))) {
            return open.count();
        }
    }

    ControlBlockingStub control() {
        ManagedChannel open = channel;
        if (open == null) {
            open =
                    NettyChannelBuilder.forAddress(
                                    UnixDomainSocketAddress.of(controlSocket()),
                                    InsecureChannelCredentials.create())
                            .channelType(
                                    NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
                            .eventLoopGroup(LOOP)
                            .overrideAuthority("localhost")
                            .build();
            channel = open;
        }
        return ControlGrpc.newBlockingStub(open).withDeadlineAfter(30, TimeUnit.SECONDS);
    }

    /// A page of its metrics port.
    HttpResponse<String> page(String path) throws IOException, InterruptedException {
        return HTTP.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + metrics + path))
                        .timeout(Duration.ofSeconds(30))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /// Rules for a resource's provider, in force within some 0.1 s.
    void faults(String resource, String... rules) throws IOException {
        final Path file = directory.resolve("faults").resolve(resource);
        final Path next = directory.resolve("faults").resolve(resource + ".next");
        Files.writeString(next, String.join("\n", rules) + "\n");
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    /// As [#faults], and waits until the daemon obeys them.
    void faultsNow(String resource, String... rules) throws IOException {
        final long before = count("fault rules changed");
        faults(resource, rules);
        Await.until(
                "new fault rules",
                () -> count("fault rules changed") > before || !isAlive(),
                this::lastLines);
    }

    long count(String text) throws IOException {
        final Path log = directory.resolve("log");
        return Files.exists(log)
                ? Files.readAllLines(log).stream().filter(line -> line.contains(text)).count()
                : 0;
    }

    String lastLines() {
        try {
            final List<String> lines = Files.readAllLines(directory.resolve("log"));
            return name
                    + ":\n"
                    + String.join(
                            "\n", lines.subList(Math.max(0, lines.size() - 25), lines.size()));
        } catch (IOException e) {
            return name + ": " + e;
        }
    }

    private void closeChannel() throws InterruptedException {
        if (channel != null) {
            channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
            channel = null;
        }
    }

    @Override
    public void close() throws InterruptedException {
        kill();
    }
}
