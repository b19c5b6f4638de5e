package dev.hast.ctl;

import dev.hast.control.v1.GetVirtualIpsRequest;
import dev.hast.control.v1.VirtualIpOrderRequest;
import dev.hast.control.v1.VirtualIpOrderRequest.Order;
import dev.hast.control.v1.VirtualIpsGrpc;
import dev.hast.control.v1.VirtualIpsGrpc.VirtualIpsBlockingStub;
import dev.hast.control.v1.VirtualIpsResponse;
import dev.hast.control.v1.WatchVirtualIpsRequest;
import dev.hast.ctl.output.Tree;
import dev.hast.ctl.output.VirtualIpView;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "vip",
        description = {
            "Look at and command service addresses (VirtualIP).",
            "",
            "States are those of CARP: MASTER holds the addresses and answers for them, BACKUP watches the one who"
                    + " does, INIT takes no part, FAULT cannot. PROMOTING and YIELDING last as long as followed resources"
                    + " move."
        },
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  hastctl vip list",
            "  hastctl vip status service",
            "  hastctl vip demote service     # the addresses, and what they follow, move",
            "  hastctl vip hold service       # until: hastctl vip release service"
        })
final class VipCommand implements Runnable {

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing: a command");
    }

    /// For a stream without an end.
    private static VirtualIpsBlockingStub stream(Session session) throws CommandFailure {
        return VirtualIpsGrpc.newBlockingStub(session.stream().getChannel());
    }

    /// For one request with the time-out of the options.
    private static VirtualIpsBlockingStub daemon(Session session) throws CommandFailure {
        return stream(session)
                .withDeadlineAfter(session.options().timeout().toMillis(), TimeUnit.MILLISECONDS);
    }

    private static VirtualIpsResponse get(Session session, List<String> names)
            throws CommandFailure {
        return daemon(session)
                .getVirtualIps(
                        GetVirtualIpsRequest.newBuilder()
                                .addAllNames(Session.names(names))
                                .build());
    }

    @Command(name = "list", description = "Show a row for each group of addresses.")
    static final class ListGroups implements Callable<Integer> {
        private final Session session;

        ListGroups(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws CommandFailure {
            var response = get(session, List.of());
            if (!session.printed(response)) {
                session.print(
                        VirtualIpView.table(
                                response.getVirtualIpsList(), session.console().clock().instant()));
            }
            return ExitCode.OK;
        }
    }

    /// A look at some groups, or all.
    abstract static class Looking implements Callable<Integer> {
        final Session session;

        @Parameters(
                paramLabel = "NAME",
                arity = "0..*",
                description = "Groups; all when none is named.")
        List<String> names = new ArrayList<>();

        Looking(Session session) {
            this.session = session;
        }
    }

    @Command(
            name = "status",
            description = "Show all about groups of addresses, with what happened to them.",
            footer = {
                "",
                "Examples:",
                "  hastctl vip status service",
                "  hastctl vip status -o json | jq -r '.virtualIps[] | select(.state == \"master\").name'"
            })
    static final class Status extends Looking {
        Status(Session session) {
            super(session);
        }

        @Override
        public Integer call() throws CommandFailure {
            var response = get(session, names);
            if (!session.printed(response)) {
                session.print(
                        VirtualIpView.details(
                                response,
                                session.console().clock().instant(),
                                session.console().zone()));
            }
            return ExitCode.OK;
        }
    }

    @Command(name = "watch", description = "Stay, and show the table anew at each change.")
    static final class WatchGroups extends Looking {
        WatchGroups(Session session) {
            super(session);
        }

        @Override
        public Integer call() throws CommandFailure {
            var updates =
                    stream(session)
                            .watchVirtualIps(
                                    WatchVirtualIpsRequest.newBuilder()
                                            .addAllNames(Session.names(names))
                                            .setIntervalMs(200)
                                            .build());
            while (updates.hasNext()) {
                var update = updates.next();
                if (!session.human()) {
                    session.printStreamed(Tree.of(update));
                    continue;
                }
                var text =
                        VirtualIpView.table(
                                update.getVirtualIpsList(), session.console().clock().instant());
                session.print(session.console().interactive() ? Screen.CLEAR + text : text + "\n");
            }
            return ExitCode.OK;
        }
    }

    /// An order to one group on the node that is asked.
    abstract static class Ordering implements Callable<Integer> {
        private final Session session;
        private final Order order;

        @Parameters(paramLabel = "NAME", description = "The group of addresses.")
        private String name = "";

        Ordering(Session session, Order order) {
            this.session = session;
            this.order = order;
        }

        @Override
        public Integer call() throws CommandFailure {
            var response =
                    daemon(session)
                            .orderVirtualIp(
                                    VirtualIpOrderRequest.newBuilder()
                                            .setName(name)
                                            .setOrder(order)
                                            .build());
            if (!session.printed(response)) {
                session.print(name + ": " + response.getMessage() + "\n");
            }
            return ExitCode.OK;
        }
    }

    @Command(
            name = "promote",
            description =
                    "Take the addresses to this node, also from a better one; they stay until they leave it.")
    static final class Promote extends Ordering {
        Promote(Session session) {
            super(session, Order.ORDER_PROMOTE);
        }
    }

    @Command(
            name = "demote",
            description =
                    "Give the addresses to another node. If nobody takes them, this one has them again.")
    static final class Demote extends Ordering {
        Demote(Session session) {
            super(session, Order.ORDER_DEMOTE);
        }
    }

    @Command(
            name = "hold",
            description = "Give the addresses up, and take no part until they are released.")
    static final class Hold extends Ordering {
        Hold(Session session) {
            super(session, Order.ORDER_HOLD);
        }
    }

    @Command(name = "release", description = "Take part again after demote or hold.")
    static final class Release extends Ordering {
        Release(Session session) {
            super(session, Order.ORDER_RELEASE);
        }
    }
}
