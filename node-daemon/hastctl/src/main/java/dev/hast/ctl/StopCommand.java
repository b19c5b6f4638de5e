package dev.hast.ctl;

import dev.hast.control.v1.LinkState;
import dev.hast.control.v1.ReplicaState;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.Role;
import dev.hast.control.v1.StatusRequest;
import dev.hast.control.v1.StopRequest;
import dev.hast.ctl.Session.Danger;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

@Command(
        name = "stop",
        description = {
            "Stop the daemon in order: primaries are handed over, peers are told, sockets are closed.",
            "",
            "With --restart it is expected back within the grants: primaries keep their role, devices stay and wait,"
                    + " and no failover happens. That is how a daemon is upgraded under mounted file systems."
        },
        footer = {
            "",
            "Examples:",
            "  hastctl stop",
            "  hastctl stop --restart && systemctl start hastd"
        })
final class StopCommand implements Callable<Integer> {

    private final Session session;

    @Option(names = "--restart", description = "It comes back at once: keep roles and devices.")
    private boolean restart;

    @Option(
            names = "--within",
            paramLabel = "DURATION",
            description = "Limit of the hand-overs. Default: 10s.")
    private Duration within = Duration.ofSeconds(10);

    @Option(
            names = {"-y", "--yes"},
            description = "Don't ask.")
    private boolean yes;

    StopCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws CommandFailure {
        if (!restart && !yes && session.console().interactive()) {
            session.confirm(Danger.SERVICE, false, losses());
        }
        var response =
                session.daemonWithin(within)
                        .stop(
                                StopRequest.newBuilder()
                                        .setRestart(restart)
                                        .setTimeoutMs(Math.toIntExact(within.toMillis()))
                                        .build());
        if (!session.printed(response)) {
            response.getMovedList()
                    .forEach(m ->
                            session.print(m.getName() + ": primary moved to " + m.getTo() + "\n"));
            response.getLeftList()
                    .forEach(name -> session.print(name + ": no other node could take it\n"));
            session.print(
                    restart ? "the daemon stops and is expected back\n" : "the daemon stops\n");
        }
        return ExitCode.OK;
    }

    private List<String> losses() throws CommandFailure {
        return session
                .daemon()
                .getStatus(StatusRequest.getDefaultInstance())
                .getResourcesList()
                .stream()
                .filter(r -> r.getRole() == Role.ROLE_PRIMARY && !canMove(r))
                .map(r ->
                        r.getName()
                                + ": no other replica is in sync and connected; "
                                + (r.getDevice().isEmpty() ? "the volume" : r.getDevice())
                                + " will be away until this daemon is back.")
                .toList();
    }

    private static boolean canMove(ResourceStatus resource) {
        return resource.getReplicasList().stream()
                .anyMatch(r ->
                        r.getLink() == LinkState.LINK_STATE_CONNECTED
                                && r.getState() == ReplicaState.REPLICA_STATE_IN_SYNC);
    }
}
