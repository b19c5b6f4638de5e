package dev.hast.ctl;

import dev.hast.control.v1.Progress;
import dev.hast.control.v1.ReplicaState;
import dev.hast.control.v1.ReplicaStatus;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.ResyncRequest;
import dev.hast.ctl.output.Words;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "resync",
        description = {
            "Bring replicas back now, and follow it until they are in sync.",
            "",
            "A resync begins by itself when a replica returns; this is for one that was given up, and, with --full,"
                    + " for a copy that is not trusted: the whole volume is compared by hash and what differs is sent."
                    + " Interrupting this command doesn't stop the resync; hastctl pause does."
        },
        footer = {
            "",
            "Examples:",
            "  hastctl resync database",
            "  hastctl resync --full database hast-c"
        })
final class ResyncCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(index = "0", paramLabel = "NAME", description = "Resource.")
    private String name = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "NODE",
            defaultValue = "",
            description = "Replica. Default: all that are not in sync.")
    private String node = "";

    @Option(names = "--full", description = "Compare the whole volume by hash.")
    private boolean full;

    @Option(names = "--no-wait", description = "Begin it and leave.")
    private boolean noWait;

    ResyncCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws CommandFailure {
        var begun =
                session.daemon()
                        .resync(
                                ResyncRequest.newBuilder()
                                        .setName(name)
                                        .setNode(node)
                                        .setFull(full)
                                        .build());
        if (session.printed(begun) || noWait) {
            return ExitCode.OK;
        }
        if (begun.getNodesCount() == 0) {
            session.print(name + ": every replica is in sync\n");
            return ExitCode.OK;
        }
        var start = session.console().clock().instant();
        var result = new Follow(session).run(name, status -> view(status, begun.getNodesList()));
        var took = Duration.between(start, session.console().clock().instant());
        session.print(
                name
                        + ": "
                        + result.orElse("the daemon has gone; ask hastctl status")
                        + " after "
                        + Words.duration(took)
                        + "\n");
        return result.filter(r -> r.endsWith("in sync")).isPresent() ? ExitCode.OK : ExitCode.ERROR;
    }

    private static Follow.View view(ResourceStatus status, List<String> nodes) {
        var bars = new LinkedHashMap<String, Progress>();
        boolean all = true;
        for (var replica : status.getReplicasList()) {
            if (!nodes.contains(replica.getNode())) {
                continue;
            }
            if (replica.getState() == ReplicaState.REPLICA_STATE_SYNCING) {
                bars.put(replica.getNode(), replica.getResync());
            }
            if (hasFailed(replica)) {
                return new Follow.View(
                        bars,
                        Optional.of(replica.getNode() + " failed: " + replica.getLastError()));
            }
            all &= replica.getState() == ReplicaState.REPLICA_STATE_IN_SYNC;
        }
        return new Follow.View(
                bars, all ? Optional.of(String.join(", ", nodes) + " in sync") : Optional.empty());
    }

    private static boolean hasFailed(ReplicaStatus replica) {
        return replica.getState() == ReplicaState.REPLICA_STATE_FAILED
                || replica.getState() == ReplicaState.REPLICA_STATE_SPLIT_BRAIN;
    }
}
