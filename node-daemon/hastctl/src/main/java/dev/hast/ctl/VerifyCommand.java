package dev.hast.ctl;

import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.StartVerifyRequest;
import dev.hast.control.v1.StopVerifyRequest;
import dev.hast.control.v1.VerifyStatus;
import dev.hast.ctl.output.Words;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "verify",
        description = {
            "Compare all replicas by hash while the volume is in use, and follow it to its end.",
            "",
            "Ends with 8 when something differed. With --repair what differs is put in order from the primary."
                    + " Interrupting this command doesn't stop the verify; --stop does."
        },
        footer = {
            "",
            "Examples:",
            "  hastctl verify database",
            "  hastctl verify --repair database",
            "  hastctl verify --stop database"
        })
final class VerifyCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "NAME", description = "Resource.")
    private String name = "";

    @Option(names = "--repair", description = "Put what differs in order from the primary.")
    private boolean repair;

    @Option(names = "--stop", description = "Stop the one that runs.")
    private boolean stop;

    @Option(names = "--progress", description = "Follow the one that runs, without beginning one.")
    private boolean progress;

    @Option(names = "--no-wait", description = "Begin it and leave.")
    private boolean noWait;

    VerifyCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws CommandFailure {
        if (stop) {
            session.daemon().stopVerify(StopVerifyRequest.newBuilder().setName(name).build());
            session.print(session.human() ? name + ": verify stopped\n" : "");
            return ExitCode.OK;
        }
        long endedBefore = session.resource(name).getVerify().getEndedMs();
        if (!progress) {
            session.daemon()
                    .startVerify(
                            StartVerifyRequest.newBuilder()
                                    .setName(name)
                                    .setRepair(repair)
                                    .build());
        } else if (!session.resource(name).getVerify().getRunning()) {
            throw new CommandFailure(ExitCode.REFUSED, "no verify of " + name + " runs");
        }
        if (noWait) {
            return ExitCode.OK;
        }
        var last = new AtomicReference<>(VerifyStatus.getDefaultInstance());
        var result =
                new Follow(session)
                        .run(
                                name,
                                status -> {
                                    last.set(status.getVerify());
                                    return view(status, endedBefore);
                                });
        if (result.isEmpty()) {
            throw new CommandFailure(
                    ExitCode.UNAVAILABLE, "the daemon has gone; ask hastctl list " + name);
        }
        return report(last.get());
    }

    private int report(VerifyStatus verify) throws CommandFailure {
        if (!session.printed(verify)) {
            var differed =
                    verify.getDifferingBytes() == 0
                            ? "nothing differs"
                            : Words.bytes(verify.getDifferingBytes())
                                    + " differ, "
                                    + Words.bytes(verify.getRepairedBytes())
                                    + " repaired";
            session.print(name + ": verify " + verify.getResult() + ", " + differed + "\n");
        }
        if (!verify.getResult().equals("done")) {
            return ExitCode.ERROR;
        }
        return verify.getDifferingBytes() == 0 ? ExitCode.OK : ExitCode.UNHEALTHY;
    }

    private static Follow.View view(ResourceStatus status, long endedBefore) {
        var verify = status.getVerify();
        if (verify.getRunning()) {
            return new Follow.View(Map.of("verify", verify.getProgress()), Optional.empty());
        }
        return new Follow.View(
                Map.of(),
                verify.getEndedMs() == endedBefore
                        ? Optional.empty()
                        : Optional.of(verify.getResult()));
    }
}
