package dev.hast.daemon.address;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Runs a program with a limit of time. Blocks: not on the loop.
final class Commands {

    private static final int OUTPUT_MAX = 2_000;

    private Commands() {}

    /// @throws AddressException when it cannot be run, does not end in time, or fails; with the end
    ///   of what it wrote
    static void run(Duration limit, List<String> command) throws AddressException {
        final Process process;
        try {
            process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectInput(
                                    ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                            .start();
        } catch (IOException e) {
            throw new AddressException(
                    "%s cannot be run: %s".formatted(command.getFirst(), e.getMessage()), e);
        }
        final StringBuffer output = new StringBuffer();
        final Thread reader =
                Thread.ofVirtual()
                        .name("output of " + command.getFirst())
                        .start(() -> read(process, output));
        try {
            if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
                end(process);
                throw new AddressException(
                        "%s took longer than %d ms and was ended"
                                .formatted(String.join(" ", command), limit.toMillis()));
            }
            // A service that it started may keep the output open.
            reader.join(Duration.ofMillis(100));
        } catch (InterruptedException e) {
            end(process);
            Thread.currentThread().interrupt();
            throw new AddressException(command.getFirst() + " was interrupted", e);
        }
        if (process.exitValue() != 0) {
            throw new AddressException(
                    "%s failed with status %d%s"
                            .formatted(
                                    String.join(" ", command),
                                    process.exitValue(),
                                    output.isEmpty() ? "" : ": " + output.toString().strip()));
        }
    }

    private static void end(Process process) {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private static void read(Process process, StringBuffer output) {
        try (var lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                output.append(line).append('\n');
                if (output.length() > OUTPUT_MAX) {
                    output.delete(0, output.length() - OUTPUT_MAX);
                }
            }
        } catch (IOException e) {
            output.append(e.getMessage());
        }
    }
}
