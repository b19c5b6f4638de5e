package dev.hast.ctl;

import dev.hast.control.v1.AddReplicaRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "add-replica",
        description = {
            "Let another node hold a replica. It is brought up to date while the volume is in use.",
            "",
            "The node's provider must have been created there (hastctl create). Write the replica into the documents of"
                    + " all nodes too: the next load decides."
        },
        footer = {
            "",
            "Examples:",
            "  hastctl add-replica database hast-c --provider /dev/vg0/database --at 192.168.100.199"
        })
final class AddReplicaCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(index = "0", paramLabel = "NAME", description = "Resource.")
    private String name = "";

    @Parameters(index = "1", paramLabel = "NODE", description = "Node that will hold it.")
    private String node = "";

    @Option(
            names = "--provider",
            required = true,
            paramLabel = "PATH",
            description = "Path on that node.")
    private String provider = "";

    @Option(
            names = "--at",
            required = true,
            paramLabel = "HOST[:PORT]",
            description = "Where that node's daemon listens. Default port: 8457.")
    private String at = "";

    AddReplicaCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws CommandFailure {
        var response =
                session.daemon()
                        .addReplica(
                                AddReplicaRequest.newBuilder()
                                        .setName(name)
                                        .setNode(node)
                                        .setProvider(provider)
                                        .setAddress(at)
                                        .build());
        if (!session.printed(response)) {
            session.print(
                    name
                            + ": "
                            + node
                            + " is a member; follow it with hastctl status --watch "
                            + name
                            + "\n");
            response.getWarningsList().forEach(w -> session.note(name + ": warning: " + w));
        }
        return ExitCode.OK;
    }
}
