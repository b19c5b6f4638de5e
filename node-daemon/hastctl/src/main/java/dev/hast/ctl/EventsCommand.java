package dev.hast.ctl;

import dev.hast.control.v1.WatchEventsRequest;
import dev.hast.ctl.output.EventView;
import dev.hast.ctl.output.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "events",
        description = {
            "Follow what happens: one line for each transition, with its cause.",
            "",
            "Ends by interruption, or after --count events. With -o json each event is one line."
        },
        footer = {
            "",
            "Examples:",
            "  hastctl events",
            "  hastctl events --all database",
            "  hastctl events -o json | jq -c 'select(.kind == \"split-brain\")'"
        })
final class EventsCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(
            paramLabel = "NAME",
            arity = "0..*",
            description = "Resources; all when none is named.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = {"-a", "--all"},
            description = "Begin with what the daemon still remembers.")
    private boolean all;

    @Option(names = "--count", paramLabel = "N", description = "End after so many.")
    private long count = Long.MAX_VALUE;

    EventsCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws CommandFailure {
        var request = WatchEventsRequest.newBuilder().addAllNames(Session.names(names));
        if (all) {
            request.setAfterSequence(0);
        }
        var events = session.stream().watchEvents(request.build());
        for (long seen = 0; seen < count && events.hasNext(); seen++) {
            var event = events.next();
            if (session.human()) {
                session.print(EventView.text(event, session.console().zone()));
            } else {
                session.printStreamed(Tree.of(event));
            }
        }
        return ExitCode.OK;
    }
}
