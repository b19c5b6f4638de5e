package dev.hast.ctl;

import dev.hast.control.v1.StatusRequest;
import dev.hast.control.v1.WatchStatusRequest;
import dev.hast.ctl.output.ListView;
import dev.hast.ctl.output.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "list",
        description = {
            "Show everything about resources: HAST's keys first, then what HAST doesn't have.",
            "",
            "Counters are since the daemon started; queues are of this moment. dirty is what the replica that is"
                    + " furthest behind lacks."
        },
        footer = {"", "Examples:", "  hastctl list database", "  hastctl list -o yaml all"})
final class ListCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(
            paramLabel = "NAME",
            arity = "0..*",
            description = "Resources; all when none is named.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = {"-w", "--watch"},
            description = "Stay, and show it anew each second.")
    private boolean watch;

    ListCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws CommandFailure {
        if (watch) {
            return watch();
        }
        var response =
                session.daemon()
                        .getStatus(
                                StatusRequest.newBuilder()
                                        .addAllNames(Session.names(names))
                                        .build());
        if (!session.printed(response)) {
            var console = session.console();
            response.getResourcesList()
                    .forEach(r ->
                            session.print(
                                    ListView.text(r, console.clock().instant(), console.zone())));
        }
        return ExitCode.OK;
    }

    private int watch() throws CommandFailure {
        var updates =
                session.stream()
                        .watchStatus(
                                WatchStatusRequest.newBuilder()
                                        .addAllNames(Session.names(names))
                                        .setIntervalMs(1000)
                                        .setCounters(true)
                                        .build());
        var console = session.console();
        while (updates.hasNext()) {
            var update = updates.next();
            if (!session.human()) {
                session.printStreamed(Tree.of(update));
                continue;
            }
            session.print(console.interactive() ? Screen.CLEAR : "");
            update.getChangedList()
                    .forEach(r ->
                            session.print(
                                    ListView.text(r, console.clock().instant(), console.zone())));
        }
        return ExitCode.OK;
    }
}
