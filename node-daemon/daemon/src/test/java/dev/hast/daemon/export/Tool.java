package dev.hast.daemon.export;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A program of somebody else's, used as a client.
final class Tool {
    private static final long DEADLINE_SECONDS = 180;

    /// What it printed, and its exit status.
    record Output(int status, String text) {}

    private Tool() {}

    /// Skips the test where the program is not installed.
    static void assumeInstalled(String program, String debianPackage) {
        boolean found = false;
        for (String directory : System.getenv("PATH").split(":")) {
            found |= Files.isExecutable(Path.of(directory, program));
        }
        assumeTrue(found, program + " is not installed; install Debian package " + debianPackage);
    }

    static Output run(Path directory, List<String> command) throws IOException {
        Path log = Files.createTempFile(directory, "tool", ".log");
        Process process =
                new ProcessBuilder(command)
                        .directory(directory.toFile())
                        .redirectErrorStream(true)
                        .redirectOutput(log.toFile())
                        .start();
        try {
            if (!process.waitFor(DEADLINE_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly().waitFor();
                throw new AssertionError(
                        command + " hangs; it has printed: " + Files.readString(log));
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw new IOException(e);
        }
        Output output = new Output(process.exitValue(), Files.readString(log));
        Files.delete(log);
        return output;
    }

    /// Runs a program that must succeed.
    static String succeed(Path directory, String... command) throws IOException {
        Output output = run(directory, List.of(command));
        if (output.status() != 0) {
            throw new AssertionError(
                    String.join(" ", command)
                            + " ended with "
                            + output.status()
                            + ": "
                            + output.text());
        }
        return output.text();
    }
}
