package dev.hast.ctl;

import dev.hast.control.v1.RemoveReplicaRequest;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.ctl.Session.Danger;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "remove-replica",
        description = {
            "Let a node hold a replica no longer. Its provider keeps its bytes, and is of no use to the resource again"
                    + " but by a new create and a full resync.",
            "",
            "Refused for the primary, and for the last replica that is in sync; --force doesn't change the former."
        },
        footer = {"", "Examples:", "  hastctl remove-replica database hast-c"})
final class RemoveReplicaCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(index = "0", paramLabel = "NAME", description = "Resource.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "NODE", description = "Node that holds the replica.")
    private String node = "";

    @Option(
            names = {"-f", "--force"},
            description = "Also when no other replica is in sync.")
    private boolean force;

    @Option(
            names = {"-y", "--yes"},
            description = "Don't ask.")
    private boolean yes;

    RemoveReplicaCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws CommandFailure {
        session.confirm(Danger.DATA, yes, losses(session.resource(name)));
        var response =
                session.daemon()
                        .removeReplica(
                                RemoveReplicaRequest.newBuilder()
                                        .setName(name)
                                        .setNode(node)
                                        .setForce(force)
                                        .build());
        if (!session.printed(response)) {
            session.print(name + ": " + node + " is no member any more\n");
            response.getWarningsList().forEach(w -> session.note(name + ": warning: " + w));
        }
        return ExitCode.OK;
    }

    private List<String> losses(ResourceStatus resource) {
        var losses = new ArrayList<String>();
        losses.add("The copy of " + name + " on " + node + " will be given up.");
        long left = resource.getInSyncList().stream().filter(n -> !n.equals(node)).count();
        if (left <= 1) {
            losses.add(
                    left == 0
                            ? "No replica in sync is left: what only "
                                    + node
                                    + " holds will be lost."
                            : "One replica in sync is left: "
                                    + name
                                    + " will not survive the loss of its node.");
        }
        return losses;
    }
}
