package dev.hast.daemon.attachment;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A real NBD server, `nbdkit` over one image file, that tests kill, stop and start again.
final class NbdServer implements AutoCloseable {
    private final Path directory;
    private Process process;

    /// @param directory an empty one; the image, the socket and the request log go there
    NbdServer(final Path directory, final long size) throws IOException {
        this.directory = directory;
        try (var image = new java.io.RandomAccessFile(image().toFile(), "rw")) {
            image.setLength(size);
        }
        this.process = launch();
    }

    Path image() {
        return directory.resolve("image");
    }

    Path socket() {
        return directory.resolve("export.sock");
    }

    ExportAddress address() {
        return new ExportAddress.Unix(socket());
    }

    /// Every request that was received, one a line.
    String log() throws IOException {
        return new String(
                Files.readAllBytes(directory.resolve("requests")), StandardCharsets.ISO_8859_1);
    }

    private Process launch() {
        try {
            Files.deleteIfExists(socket());
            final Process started =
                    new ProcessBuilder(
                                    "setsid",
                                    "nbdkit",
                                    "--foreground",
                                    "--unix",
                                    socket().toString(),
                                    "--filter=log",
                                    "file",
                                    image().toString(),
                                    "logfile=" + directory.resolve("requests"),
                                    "logappend=true")
                            .redirectInput(Path.of("/dev/null").toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(directory.resolve("server.out").toFile())
                            .start();
            if (!Deadline.in(Duration.ofSeconds(10)).await(() -> Files.exists(socket()))) {
                throw new IllegalStateException(
                        "nbdkit is not ready: "
                                + DeviceUsers.read(directory.resolve("server.out")));
            }
            return started;
        } catch (final IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    void kill() {
        process.destroyForcibly();
        Deadline.in(Duration.ofSeconds(5)).await(() -> !process.isAlive());
    }

    void startAgain() {
        process = launch();
    }

    void freeze() throws IOException {
        Shell.run("kill", "-STOP", Long.toString(process.pid()));
    }

    void thaw() throws IOException {
        Shell.run("kill", "-CONT", Long.toString(process.pid()));
    }

    @Override
    public void close() {
        kill();
    }

    /// Runs programs that tests need.
    static final class Shell {
        private Shell() {}

        /// The program's output; fails unless it exits with 0 within 30 s.
        static String run(final String... command) throws IOException {
            final List<String> arguments = new ArrayList<>(List.of(command));
            final Process process =
                    new ProcessBuilder(arguments)
                            .redirectInput(Path.of("/dev/null").toFile())
                            .redirectErrorStream(true)
                            .start();
            final String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            try {
                if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
                    throw new IOException(String.join(" ", command) + " failed: " + output);
                }
            } catch (final InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", interrupted);
            }
            return output;
        }
    }
}
