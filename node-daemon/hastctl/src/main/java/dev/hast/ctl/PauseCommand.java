package dev.hast.ctl;

import dev.hast.control.v1.PauseRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "pause",
        description = "Hold resync and verify of resources; writes go on being replicated.",
        footer = {"", "Examples:", "  hastctl pause database"})
final class PauseCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "NAME", arity = "1..*", description = "Resources.")
    private List<String> names = new ArrayList<>();

    PauseCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws CommandFailure {
        for (var name : names) {
            session.daemon().pause(PauseRequest.newBuilder().setName(name).build());
        }
        return ExitCode.OK;
    }
}
