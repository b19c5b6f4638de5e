package dev.hast.ctl;

import com.google.protobuf.Message;
import dev.hast.control.v1.ControlGrpc.ControlBlockingStub;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.StatusRequest;
import dev.hast.ctl.GlobalOptions.Output;
import dev.hast.ctl.output.Tree;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// What every command works with: the console, the options, the daemon. One thread.
final class Session implements AutoCloseable {

    /// What a command may cost.
    enum Danger {
        /// Data is given up for good: without a terminal it needs --yes.
        DATA,
        /// A device vanishes: asked at a terminal, and done without one, as HAST's scripts expect.
        SERVICE
    }

    private final Console console;
    private final GlobalOptions options;
    private Optional<DaemonConnection> connection = Optional.empty();

    Session(Console console, GlobalOptions options) {
        this.console = console;
        this.options = options;
    }

    Console console() {
        return console;
    }

    GlobalOptions options() {
        return options;
    }

    boolean human() {
        return options.output() == Output.human;
    }

    /// The daemon, for one request with the time-out of the options.
    ControlBlockingStub daemon() throws CommandFailure {
        return daemon(options.timeout());
    }

    /// The daemon, for one request that may itself take so long.
    ControlBlockingStub daemonWithin(Duration work) throws CommandFailure {
        var needed = work.plusSeconds(5);
        return daemon(needed.compareTo(options.timeout()) > 0 ? needed : options.timeout());
    }

    private ControlBlockingStub daemon(Duration timeout) throws CommandFailure {
        return stream().withDeadlineAfter(timeout.toMillis(), TimeUnit.MILLISECONDS);
    }

    /// The daemon, for a stream without an end.
    ControlBlockingStub stream() throws CommandFailure {
        if (connection.isEmpty()) {
            connection = Optional.of(DaemonConnection.open(options));
        }
        return connection.get().stub();
    }

    /// The status of one resource.
    ResourceStatus resource(String name) throws CommandFailure {
        return daemon().getStatus(StatusRequest.newBuilder().addNames(name).build())
                .getResources(0);
    }

    /// Names as the API takes them: none means all, and so does HAST's word.
    static List<String> names(List<String> given) {
        return given.contains("all") ? List.of() : given;
    }

    void print(String text) {
        console.out().print(text);
        console.out().flush();
    }

    void note(String line) {
        console.err().println(line);
        console.err().flush();
    }

    /// Prints a message for programs, when they were meant.
    ///
    /// @return whether it did
    boolean printed(Message message) {
        return printedTree(Tree.of(message));
    }

    boolean printedTree(Object tree) {
        switch (options.output()) {
            case human -> {
                return false;
            }
            case json -> print(Tree.json(tree));
            case yaml -> print(Tree.yaml(tree));
        }
        return true;
    }

    /// Prints one message of a stream: a line of JSON, or a document of YAML.
    void printStreamed(Object tree) {
        print(options.output() == Output.json ? Tree.jsonLine(tree) : Tree.yaml(tree));
    }

    /// Asks before something is lost.
    ///
    /// @param losses what will be lost, one sentence each
    void confirm(Danger danger, boolean yes, List<String> losses) throws CommandFailure {
        if (yes || losses.isEmpty() || danger == Danger.SERVICE && !console.interactive()) {
            return;
        }
        losses.forEach(this::note);
        if (!console.interactive()) {
            throw new CommandFailure(
                    ExitCode.NOT_CONFIRMED,
                    "nobody can be asked here; repeat with --yes if that is meant");
        }
        console.err().print("Go on? [y/N] ");
        console.err().flush();
        try {
            var answer = console.in().readLine();
            if (answer != null
                    && List.of("y", "yes").contains(answer.strip().toLowerCase(Locale.ROOT))) {
                return;
            }
        } catch (IOException e) {
            throw new CommandFailure(
                    ExitCode.NOT_CONFIRMED, "the answer can't be read: " + e.getMessage(), e);
        }
        throw new CommandFailure(ExitCode.NOT_CONFIRMED, "not confirmed; nothing was changed");
    }

    @Override
    public void close() {
        connection.ifPresent(DaemonConnection::close);
    }
}
