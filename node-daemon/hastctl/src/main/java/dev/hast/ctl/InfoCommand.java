package dev.hast.ctl;

import dev.hast.control.v1.DescribeRequest;
import dev.hast.ctl.output.Words;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

@Command(
        name = "info",
        description =
                "Show the daemon itself: node, version, arbiter, listeners, certificate, warnings.",
        footer = {"", "Examples:", "  hastctl info", "  hastctl info --node hast-b"})
final class InfoCommand implements Callable<Integer> {

    private final Session session;

    InfoCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws CommandFailure {
        var info = session.daemon().describe(DescribeRequest.getDefaultInstance());
        if (session.printed(info)) {
            return ExitCode.OK;
        }
        var now = session.console().clock().instant();
        var zone = session.console().zone();
        var out = new StringBuilder();
        out.append("node: ").append(info.getNode()).append('\n');
        out.append("version: ").append(info.getVersion()).append('\n');
        out.append("running for: ")
                .append(
                        Words.duration(
                                Duration.between(Instant.ofEpochMilli(info.getStartedMs()), now)))
                .append('\n');
        var arbiter = info.getArbiter();
        out.append("arbiter: ").append(arbiter.getType());
        if (!arbiter.getType().equals("none")) {
            out.append(arbiter.getReachable() ? ", answers" : ", does not answer");
        }
        out.append(arbiter.getLastError().isEmpty() ? "" : " (" + arbiter.getLastError() + ")")
                .append('\n');
        out.append("listens on: ").append(String.join(", ", info.getListenList())).append('\n');
        out.append("certificate: ")
                .append(
                        info.getCertificateEndsMs() == 0
                                ? "none, plaintext"
                                : "until " + Words.time(info.getCertificateEndsMs(), zone))
                .append('\n');
        out.append("served by: ").append(info.getIo()).append('\n');
        info.getWarningsList().forEach(w -> out.append("warning: ").append(w).append('\n'));
        session.print(out.toString());
        return ExitCode.OK;
    }
}
