package dev.hast.ctl;

import dev.hast.control.v1.DocumentChange;
import dev.hast.control.v1.ReloadRequest;
import dev.hast.ctl.output.Table;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "reload",
        description = {
            "Let the daemon read its documents again, as SIGHUP does, and show what came of it.",
            "",
            "All or nothing: one wrong document, or one field that may not change, and everything stays as it was."
                    + " Devices stay, also where a change needs a restart of the resource: it is then done at the next"
                    + " one."
        },
        footer = {"", "Examples:", "  hastctl check /etc/hast && hastctl reload"})
final class ReloadCommand implements Callable<Integer> {

    private final Session session;

    ReloadCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws CommandFailure {
        var response = session.daemon().reload(ReloadRequest.getDefaultInstance());
        boolean refused = response.getErrorsCount() > 0;
        if (!session.printed(response)) {
            response.getErrorsList().forEach(session::note);
            if (refused) {
                session.note("hastctl: nothing was changed");
            } else if (response.getChangesCount() == 0) {
                session.print("nothing has changed\n");
            } else {
                session.print(changes(response.getChangesList()));
            }
        }
        return refused ? ExitCode.REFUSED : ExitCode.OK;
    }

    private static String changes(List<DocumentChange> changes) {
        var table = new Table(List.of(), "Document", "What", "Before", "After", "Effect");
        changes.forEach(c ->
                table.row(
                        c.getDocument(), c.getWhat(), c.getBefore(), c.getAfter(), c.getEffect()));
        return table.text();
    }
}
