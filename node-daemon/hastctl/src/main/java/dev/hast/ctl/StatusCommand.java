package dev.hast.ctl;

import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.StatusRequest;
import dev.hast.control.v1.WatchStatusRequest;
import dev.hast.ctl.output.StatusView;
import dev.hast.ctl.output.Tree;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "status",
        description = {
            "Show resources, one row for each replica.",
            "",
            "Status is complete when every replica is in sync, degraded when one is not, suspended when I/O waits,"
                    + " split-brain when a person must choose, - when the role is init. Link says whether a replica's"
                    + " node can be reached from this one; Data says what the replica holds. A connected replica may"
                    + " still be syncing. The primary is marked with *."
        },
        footer = {
            "",
            "Examples:",
            "  hastctl status",
            "  hastctl status --watch database",
            "  hastctl status --wait --timeout 5m database",
            "  hastctl status --check || echo 'not everything is in sync'",
            "  hastctl status -o json | jq -r '.resources[] | select(.suspended) | .name'"
        })
final class StatusCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(
            paramLabel = "NAME",
            arity = "0..*",
            description = "Resources; all when none is named.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = {"-w", "--watch"},
            description = "Stay, and show it anew at each change.")
    private boolean watch;

    @Option(names = "--check", description = "End with 8 unless every resource is complete.")
    private boolean check;

    @Option(
            names = "--wait",
            description = "Wait until every resource is complete, no longer than --timeout.")
    private boolean wait;

    StatusCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws CommandFailure {
        if (wait) {
            await();
        }
        return watch ? watch() : once();
    }

    private int once() throws CommandFailure {
        var response =
                session.daemon()
                        .getStatus(
                                StatusRequest.newBuilder()
                                        .addAllNames(Session.names(names))
                                        .build());
        if (!session.printed(response)) {
            session.print(
                    StatusView.text(
                            response.getResourcesList(), session.console().clock().instant()));
        }
        boolean healthy = response.getResourcesList().stream().allMatch(StatusView::isHealthy);
        return check && !healthy ? ExitCode.UNHEALTHY : ExitCode.OK;
    }

    private void await() throws CommandFailure {
        var updates =
                session.daemon()
                        .watchStatus(
                                WatchStatusRequest.newBuilder()
                                        .addAllNames(Session.names(names))
                                        .setIntervalMs(200)
                                        .build());
        var incomplete = new LinkedHashMap<String, String>();
        try {
            while (updates.hasNext()) {
                var update = updates.next();
                update.getRemovedList().forEach(incomplete::remove);
                update.getChangedList()
                        .forEach(r -> incomplete.put(r.getName(), StatusView.status(r)));
                incomplete.values().removeIf("complete"::equals);
                if (incomplete.isEmpty()) {
                    return;
                }
            }
        } catch (StatusRuntimeException e) {
            if (e.getStatus().getCode() != Status.Code.DEADLINE_EXCEEDED) {
                throw e;
            }
            throw new CommandFailure(
                    ExitCode.TIMED_OUT,
                    "not complete in time, status by resource: " + incomplete,
                    e);
        }
        throw new CommandFailure(ExitCode.UNAVAILABLE, "the daemon has gone");
    }

    private int watch() throws CommandFailure {
        var updates =
                session.stream()
                        .watchStatus(
                                WatchStatusRequest.newBuilder()
                                        .addAllNames(Session.names(names))
                                        .setIntervalMs(1000)
                                        .build());
        var known = new LinkedHashMap<String, ResourceStatus>();
        while (updates.hasNext()) {
            var update = updates.next();
            update.getChangedList().forEach(r -> known.put(r.getName(), r));
            update.getRemovedList().forEach(known::remove);
            if (!session.human()) {
                session.printStreamed(Tree.of(update));
                continue;
            }
            var text =
                    StatusView.text(
                            List.copyOf(known.values()), session.console().clock().instant());
            session.print(session.console().interactive() ? Screen.CLEAR + text : text + "\n");
        }
        return ExitCode.OK;
    }
}
