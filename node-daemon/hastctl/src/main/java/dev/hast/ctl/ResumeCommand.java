package dev.hast.ctl;

import dev.hast.control.v1.ResumeRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "resume",
        description = "Let resync and verify of resources go on after a pause.",
        footer = {"", "Examples:", "  hastctl resume database"})
final class ResumeCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "NAME", arity = "1..*", description = "Resources.")
    private List<String> names = new ArrayList<>();

    ResumeCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws CommandFailure {
        for (var name : names) {
            session.daemon().resume(ResumeRequest.newBuilder().setName(name).build());
        }
        return ExitCode.OK;
    }
}
