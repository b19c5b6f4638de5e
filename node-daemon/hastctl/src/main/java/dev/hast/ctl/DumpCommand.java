package dev.hast.ctl;

import dev.hast.control.v1.DumpRequest;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.StatusRequest;
import dev.hast.ctl.output.DumpView;
import dev.hast.ctl.output.Tree;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "dump",
        description = {
            "Show the metadata on this node's providers: sizes, identity, history of reigns, dirty maps.",
            "",
            "The daemon reads it: a provider is locked while it is open."
        },
        footer = {"", "Examples:", "  hastctl dump database"})
final class DumpCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(
            paramLabel = "NAME",
            arity = "0..*",
            description = "Resources; all when none is named.")
    private List<String> names = new ArrayList<>();

    DumpCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws CommandFailure {
        var wanted = Session.names(names);
        if (wanted.isEmpty()) {
            wanted =
                    session
                            .daemon()
                            .getStatus(StatusRequest.getDefaultInstance())
                            .getResourcesList()
                            .stream()
                            .map(ResourceStatus::getName)
                            .toList();
        }
        var trees = new ArrayList<Object>();
        var text = new StringBuilder();
        for (var name : wanted) {
            var dump = session.daemon().dump(DumpRequest.newBuilder().setName(name).build());
            trees.add(Tree.of(dump));
            text.append(text.isEmpty() ? "" : "\n").append(DumpView.text(dump));
        }
        if (!session.printedTree(trees)) {
            session.print(text.toString());
        }
        return ExitCode.OK;
    }
}
