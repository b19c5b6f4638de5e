package dev.hast.ctl;

import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.Role;
import dev.hast.control.v1.SetRoleRequest;
import dev.hast.control.v1.StatusRequest;
import dev.hast.ctl.Session.Danger;
import dev.hast.ctl.output.Words;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "role",
        description = {
            "Set the role of resources on this node: init, primary or secondary.",
            "",
            "With an arbiter roles look after themselves; use handover to move a primary. With arbiter type none they"
                    + " are set by hand, as in HAST. primary is refused when this replica is not in sync, or another"
                    + " node may still serve; --force takes it all the same, and gives up what only others hold."
        },
        footer = {
            "",
            "Examples:",
            "  hastctl role primary hast0",
            "  hastctl role init all",
            "  hastctl role primary --force database   # the other nodes are gone for good"
        })
final class RoleCommand implements Callable<Integer> {

    /// Words of HAST.
    enum Wanted {
        init(Role.ROLE_INIT),
        primary(Role.ROLE_PRIMARY),
        secondary(Role.ROLE_SECONDARY);

        private final Role role;

        Wanted(Role role) {
            this.role = role;
        }
    }

    private final Session session;

    @Parameters(index = "0", paramLabel = "ROLE", description = "init, primary or secondary.")
    private Wanted wanted = Wanted.init;

    @Parameters(
            index = "1..*",
            paramLabel = "NAME",
            arity = "1..*",
            description = "Resources, or all.")
    private List<String> names = new ArrayList<>();

    @Option(
            names = {"-f", "--force"},
            description = "Primary without the others' consent. Asks.")
    private boolean force;

    @Option(
            names = {"-y", "--yes"},
            description = "Don't ask.")
    private boolean yes;

    RoleCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws CommandFailure {
        confirm();
        var response =
                session.daemon()
                        .setRole(
                                SetRoleRequest.newBuilder()
                                        .addAllNames(Session.names(names))
                                        .setRole(wanted.role)
                                        .setForce(force)
                                        .build());
        int exit = ExitCode.OK;
        for (var result : response.getResultsList()) {
            if (!result.getError().isEmpty()) {
                session.note("hastctl: " + result.getName() + ": " + result.getError());
                exit = ExitCode.REFUSED;
            }
        }
        if (session.printed(response)) {
            return exit;
        }
        for (var result : response.getResultsList()) {
            if (result.getError().isEmpty()) {
                session.print(
                        result.getName()
                                + ": "
                                + Words.of(result.getPrevious())
                                + " -> "
                                + wanted
                                + "\n");
            }
        }
        return exit;
    }

    private void confirm() throws CommandFailure {
        if (yes || wanted != Wanted.primary && !session.console().interactive()) {
            return;
        }
        var resources =
                session.daemon()
                        .getStatus(
                                StatusRequest.newBuilder()
                                        .addAllNames(Session.names(names))
                                        .build())
                        .getResourcesList();
        if (wanted == Wanted.primary && force) {
            session.confirm(
                    Danger.DATA, false, resources.stream().map(RoleCommand::forced).toList());
        } else if (wanted != Wanted.primary) {
            session.confirm(
                    Danger.SERVICE,
                    false,
                    resources.stream()
                            .filter(r -> !r.getDevice().isEmpty())
                            .map(r ->
                                    r.getName()
                                            + " is primary here: "
                                            + r.getDevice()
                                            + " vanishes, and what has it mounted gets errors.")
                            .toList());
        }
    }

    private static String forced(ResourceStatus resource) {
        var others =
                resource.getReplicasList().stream()
                        .filter(r -> !r.getNode().equals(resource.getPrimary()))
                        .toList();
        var primary = resource.getPrimary();
        return resource.getName()
                + ": writes that this replica lacks are given up for good"
                + (primary.isEmpty() || others.isEmpty()
                        ? ""
                        : "; if " + primary + " still serves, split-brain follows")
                + ".";
    }
}
