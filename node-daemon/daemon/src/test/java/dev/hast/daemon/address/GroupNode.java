package dev.hast.daemon.address;

import dev.hast.daemon.Await;
import dev.hast.daemon.network.Segment;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/// A [GroupProgram] on one host of a segment.
final class GroupNode implements AutoCloseable {
    private final Segment segment;
    private final int host;
    private final String name;
    private final Path documents;
    private final Path state;
    private final List<String> said = new CopyOnWriteArrayList<>();
    private Process process;

    GroupNode(
            final Segment segment,
            final int host,
            final String name,
            final Path documents,
            final Path directory)
            throws IOException {
        this.segment = segment;
        this.host = host;
        this.name = name;
        this.documents = documents;
        this.state = Files.createDirectories(directory.resolve("state-" + name));
        this.process = start();
    }

    private Process start() throws IOException {
        final Process started =
                new ProcessBuilder(
                                Segment.inside(
                                        segment.host(host),
                                        Path.of(System.getProperty("java.home"), "bin", "java")
                                                .toString(),
                                        "--enable-native-access=ALL-UNNAMED",
                                        "-XX:+UseSerialGC",
                                        "-XX:TieredStopAtLevel=1",
                                        "-Xmx96m",
                                        "-cp",
                                        System.getProperty(
                                                "surefire.test.class.path",
                                                System.getProperty("java.class.path")),
                                        GroupProgram.class.getName(),
                                        name,
                                        documents.toString(),
                                        state.toString()))
                        .redirectErrorStream(true)
                        .start();
        Thread.ofVirtual()
                .start(() -> {
                    try (BufferedReader lines =
                            new BufferedReader(
                                    new InputStreamReader(
                                            started.getInputStream(), StandardCharsets.UTF_8))) {
                        lines.lines().forEach(said::add);
                    } catch (final IOException e) {
                        said.add(e.toString());
                    }
                });
        return started;
    }

    void restart() throws IOException {
        said.clear();
        process = start();
    }

    String said() {
        return name + ":\n" + String.join("\n", said);
    }

    boolean hasSaid(final String text) {
        return said.stream().anyMatch(line -> line.contains(text));
    }

    /// Whether it held the addresses once, and does no more.
    boolean hasLeft() {
        return said.stream().anyMatch(line -> line.startsWith("MASTER "));
    }

    long count(final String text) {
        return said.stream().filter(line -> line.contains(text)).count();
    }

    void awaitSaid(final String text) {
        Await.until(name + " says " + text, () -> hasSaid(text), this::said);
    }

    void awaitMaster() {
        awaitSaid("PROMOTING MASTER");
    }

    /// Its status after an order.
    String order(final String order) throws IOException {
        final long before = count("status ");
        process.getOutputStream().write((order + "\n").getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().flush();
        Await.until("an answer to " + order, () -> count("status ") > before, this::said);
        return said.stream()
                .filter(line -> line.startsWith("status "))
                .reduce((first, last) -> last)
                .orElseThrow();
    }

    void signal(final String signal) throws IOException {
        Segment.run("kill", "-" + signal, Long.toString(process.pid()));
    }

    void kill() throws IOException, InterruptedException {
        signal("KILL");
        process.waitFor();
    }

    /// Ends it in order.
    void end() throws IOException, InterruptedException {
        process.getOutputStream().close();
        if (!process.waitFor(30, TimeUnit.SECONDS)) {
            throw new AssertionError("does not end: " + said());
        }
    }

    boolean hasAddress(final String address) throws IOException {
        return segment.on(host, "ip", "addr").contains(address + "/");
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
