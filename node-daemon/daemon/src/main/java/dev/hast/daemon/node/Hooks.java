package dev.hast.daemon.node;

import dev.hast.daemon.hook.HookQueue;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs the program of `spec.exec` at each of HAST's seven events: `PROGRAM EVENT RESOURCE [OLDROLE
/// NEWROLE]`.
///
/// In order, one at a time, never waited for by a resource. A program that runs for longer than a
/// minute is ended.
final class Hooks implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Hooks.class);
    private static final int WAITING_MAX = 256;
    private static final long SECONDS_MAX = 60;

    private volatile Optional<Path> program;
    private final HookQueue queue = new HookQueue("hooks", WAITING_MAX);

    Hooks(Optional<Path> program) {
        this.program = program;
    }

    /// From now on another one, or none.
    void program(Optional<Path> next) {
        program = next;
    }

    void run(String event, String... arguments) {
        final Optional<Path> now = program;
        if (now.isEmpty()) {
            return;
        }
        final List<String> command = new ArrayList<>(List.of(now.get().toString(), event));
        command.addAll(List.of(arguments));
        if (!queue.offer(() -> run(command))) {
            LOG.atWarn()
                    .addKeyValue("event", event)
                    .log("too many hooks are waiting; this one is dropped");
        }
    }

    private static void run(List<String> command) {
        try {
            final Process process =
                    new ProcessBuilder(command)
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectInput(
                                    ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                            .start();
            if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                LOG.atWarn()
                        .addKeyValue("command", command)
                        .log("a hook ran for over a minute and was ended");
            } else if (process.exitValue() != 0) {
                LOG.atWarn()
                        .addKeyValue("command", command)
                        .addKeyValue("status", process.exitValue())
                        .log("a hook failed");
            }
        } catch (IOException e) {
            LOG.atError()
                    .addKeyValue("command", command)
                    .log("a hook cannot be run: {}", e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        queue.close();
    }
}
