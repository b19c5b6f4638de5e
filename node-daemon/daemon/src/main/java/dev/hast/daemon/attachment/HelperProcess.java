package dev.hast.daemon.attachment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// A helper program, started by this daemon or by an earlier one.
///
/// It lives in a session of its own and writes its errors to a file, so it neither gets the
/// daemon's terminal signals nor dies of a closed pipe when the daemon goes. It is known by its
/// process id; one of an earlier daemon is found by an argument that only it can have, a path below
/// our run directory.
final class HelperProcess {
    private static final Duration TERM_PATIENCE = Duration.ofSeconds(2);
    private static final Duration KILL_PATIENCE = Duration.ofSeconds(2);

    private final String program;
    private final ProcessHandle handle;

    private HelperProcess(final String program, final ProcessHandle handle) {
        this.program = program;
        this.handle = handle;
    }

    /// Starts `command` with its error and normal output appended to `output`.
    static HelperProcess start(final List<String> command, final Path output)
            throws AttachmentException {
        final List<String> inOwnSession = new ArrayList<>(command.size() + 1);
        inOwnSession.add("setsid");
        inOwnSession.addAll(command);
        final ProcessBuilder builder = new ProcessBuilder(inOwnSession);
        builder.redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.redirectErrorStream(true);
        builder.redirectOutput(ProcessBuilder.Redirect.appendTo(output.toFile()));
        try {
            final Process process = builder.start();
            final HelperProcess started =
                    new HelperProcess(
                            Path.of(command.getFirst()).getFileName().toString(),
                            process.toHandle());
            started.spareFromOomKiller();
            return started;
        } catch (final IOException failure) {
            throw new AttachmentException(
                    "cannot start " + String.join(" ", command) + ": " + failure, failure);
        }
    }

    /// The running `program` that has `argument` on its command line.
    static Optional<HelperProcess> find(final String program, final Path argument) {
        for (final long pid : DeviceUsers.pids()) {
            final String line = DeviceUsers.read(Path.of("/proc/" + pid + "/cmdline"));
            final List<String> arguments = Arrays.asList(line.split("\0"));
            if (arguments.contains(argument.toString()) && arguments.getFirst().endsWith(program)) {
                final Optional<ProcessHandle> handle = ProcessHandle.of(pid);
                if (handle.isPresent() && handle.get().isAlive()) {
                    return Optional.of(new HelperProcess(program, handle.get()));
                }
            }
        }
        return Optional.empty();
    }

    /// Losing a helper to the out-of-memory killer would take the device away under a mounted file
    /// system.
    void spareFromOomKiller() {
        try {
            Files.writeString(Path.of("/proc/" + pid() + "/oom_score_adj"), "-900");
        } catch (final IOException notAllowed) {
            return;
        }
    }

    String program() {
        return program;
    }

    long pid() {
        return handle.pid();
    }

    boolean isAlive() {
        return handle.isAlive();
    }

    /// Runs `action` once, when the process has ended; at once if it already has.
    void whenEnded(final Runnable action) {
        handle.onExit().thenRun(action);
    }

    /// Asks it to end, then kills it, and waits until it is gone.
    ///
    /// @return whether it is gone; false only while the kernel holds it in a call
    boolean end(final Deadline deadline) {
        handle.destroy();
        if (deadline.orIn(TERM_PATIENCE).await(() -> !isAlive())) {
            return true;
        }
        return kill();
    }

    /// Kills it and waits until it is gone.
    boolean kill() {
        handle.destroyForcibly();
        return Deadline.in(KILL_PATIENCE).await(() -> !isAlive());
    }
}
