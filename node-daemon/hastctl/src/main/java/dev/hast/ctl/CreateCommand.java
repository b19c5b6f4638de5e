package dev.hast.ctl;

import dev.hast.control.v1.CreateRequest;
import dev.hast.control.v1.LinkState;
import dev.hast.control.v1.ReplicaStatus;
import dev.hast.ctl.Session.Danger;
import dev.hast.ctl.output.Words;
import dev.hast.daemon.document.ByteCount;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "create",
        description = {
            "Write metadata on this node's provider of a resource: the first step, once on each node.",
            "",
            "The daemon must know the resource from its documents. A provider that is mounted, in use, or holds a file"
                    + " system, a partition table or another resource is refused; --force overwrites what it holds, and"
                    + " never what is mounted or in use."
        },
        footer = {
            "",
            "Examples:",
            "  hastctl create database",
            "  hastctl create -e 4Mi -m 100Gi database"
        })
final class CreateCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "NAME", arity = "1..*", description = "Resources.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = {"-e", "--extent-size"},
            paramLabel = "SIZE",
            description = "Unit of dirtiness, a power of two. Default: the document's, else 2Mi.")
    private ByteCount extentSize = ByteCount.of(0);

    @Option(
            names = {"-k", "--keep-dirty"},
            paramLabel = "N",
            description = "Extents of the activity log. Default: the document's.")
    private int activityLog;

    @Option(
            names = {"-m", "--media-size"},
            paramLabel = "SIZE",
            description =
                    "Use only so much of the provider, for one that is larger than the smallest.")
    private ByteCount mediaSize = ByteCount.of(0);

    @Option(
            names = {"-f", "--force"},
            description = "Also when the provider holds something. Asks.")
    private boolean force;

    @Option(
            names = {"-y", "--yes"},
            description = "Don't ask.")
    private boolean yes;

    CreateCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws CommandFailure {
        if (force) {
            var losses = new ArrayList<String>();
            for (var name : names) {
                losses.add(
                        "Everything on "
                                + provider(name)
                                + ", the provider of "
                                + name
                                + " on this node, will be lost.");
            }
            session.confirm(Danger.DATA, yes, losses);
        }
        for (var name : names) {
            var created =
                    session.daemon()
                            .create(
                                    CreateRequest.newBuilder()
                                            .setName(name)
                                            .setExtentBytes(extentSize.bytes())
                                            .setMediaBytes(mediaSize.bytes())
                                            .setActivityLogExtents(activityLog)
                                            .setForce(force)
                                            .build());
            if (session.printed(created)) {
                continue;
            }
            session.print(
                    name
                            + ": created on "
                            + created.getProvider()
                            + ", volume of "
                            + Words.bytes(created.getSizeBytes())
                            + ", extents of "
                            + Words.bytes(created.getExtentBytes())
                            + ", activity log of "
                            + created.getActivityLogExtents()
                            + "\n");
            created.getWarningsList().forEach(w -> session.note(name + ": warning: " + w));
        }
        return ExitCode.OK;
    }

    private String provider(String name) throws CommandFailure {
        return session.resource(name).getReplicasList().stream()
                .filter(r -> r.getLink() == LinkState.LINK_STATE_LOCAL)
                .map(ReplicaStatus::getProvider)
                .findFirst()
                .orElse("the provider");
    }
}
