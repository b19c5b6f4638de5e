package dev.hast.ctl;

import dev.hast.control.v1.Failover.Step;
import dev.hast.control.v1.HandOverRequest;
import dev.hast.ctl.output.Words;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "handover",
        description = {
            "Move the primary of a resource to another node, as planned.",
            "",
            "I/O waits for a moment, what is in flight is confirmed, and the other node serves. Nothing is lost. What"
                    + " has the device mounted here must be stopped first. Refused when that replica is not in sync."
        },
        footer = {
            "",
            "Examples:",
            "  hastctl handover database",
            "  hastctl handover database --to hast-b"
        })
final class HandOverCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "NAME", description = "Resource.")
    private String name = "";

    @Option(
            names = {"-t", "--to"},
            paramLabel = "NODE",
            description = "Default: any secondary that is in sync.")
    private String to = "";

    @Option(
            names = "--within",
            paramLabel = "DURATION",
            description = "Give up after that. Default: 10s.")
    private Duration within = Duration.ofSeconds(10);

    HandOverCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws CommandFailure {
        var response =
                session.daemonWithin(within)
                        .handOver(
                                HandOverRequest.newBuilder()
                                        .setName(name)
                                        .setTo(to)
                                        .setTimeoutMs(Math.toIntExact(within.toMillis()))
                                        .build());
        if (!session.printed(response)) {
            var moved = response.getHandOver();
            var steps =
                    moved.getStepsList().stream()
                            .map(HandOverCommand::step)
                            .collect(Collectors.joining(", ", " (", ")"));
            session.print(
                    name
                            + ": primary moved from "
                            + moved.getFrom()
                            + " to "
                            + moved.getTo()
                            + " in "
                            + Words.micros(moved.getTotalUs())
                            + (moved.getStepsCount() == 0 ? "" : steps)
                            + "\n");
        }
        return ExitCode.OK;
    }

    private static String step(Step step) {
        return step.getName() + " " + Words.micros(step.getDurationUs());
    }
}
