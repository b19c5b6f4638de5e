package dev.hast.ctl;

import dev.hast.ctl.output.Tree;
import dev.hast.daemon.document.Documents;
import dev.hast.daemon.document.LoadOutcome.Loaded;
import dev.hast.daemon.document.LoadOutcome.Refused;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "check",
        description = {
            "Read documents as a daemon would, and say what is wrong. Needs no daemon.",
            "",
            "Ends with 2 when something is wrong."
        },
        footer = {
            "",
            "Examples:",
            "  hastctl check /etc/hast/hastd.yaml",
            "  hastctl check /etc/hast"
        })
final class CheckCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "FILE", arity = "1..*", description = "Files, or directories of them.")
    private List<Path> files = new ArrayList<>();

    CheckCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        return switch (Documents.load(files)) {
            case Loaded(var documents) -> {
                var tree = new LinkedHashMap<String, Object>();
                tree.put("resources", documents.resources().stream().map(r -> r.name()).toList());
                tree.put("nodes", documents.nodes().stream().map(n -> n.name()).toList());
                if (!session.printedTree(tree)) {
                    documents
                            .resources()
                            .forEach(r ->
                                    session.print("HastResource " + r.name() + ": in order\n"));
                    documents
                            .nodes()
                            .forEach(n -> session.print("HastNode " + n.name() + ": in order\n"));
                }
                yield ExitCode.OK;
            }
            case Refused(var errors) -> {
                if (session.human()) {
                    errors.forEach(e -> session.note(e.text()));
                } else {
                    session.printedTree(Tree.errors(errors));
                }
                yield ExitCode.USAGE;
            }
        };
    }
}
