package dev.hast.ctl;

import dev.hast.control.v1.GrowRequest;
import dev.hast.ctl.output.Words;
import dev.hast.daemon.document.ByteCount;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

@Command(
        name = "grow",
        description = {
            "Make a volume larger while it is in use. New space reads as zero on every replica.",
            "",
            "The providers of all replicas must have been made larger first. Grow the file system afterwards"
                    + " (resize2fs, xfs_growfs). A volume never shrinks."
        },
        footer = {"", "Examples:", "  hastctl grow database 20Gi", "  hastctl grow database"})
final class GrowCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(index = "0", paramLabel = "NAME", description = "Resource.")
    private String name = "";

    @Parameters(
            index = "1",
            arity = "0..1",
            paramLabel = "SIZE",
            defaultValue = "0",
            description = "Default: what the smallest provider can hold.")
    private ByteCount size = ByteCount.of(0);

    GrowCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws CommandFailure {
        var response =
                session.daemon()
                        .grow(
                                GrowRequest.newBuilder()
                                        .setName(name)
                                        .setSizeBytes(size.bytes())
                                        .build());
        if (!session.printed(response)) {
            session.print(
                    name
                            + ": "
                            + Words.bytes(response.getFromBytes())
                            + " -> "
                            + Words.exactBytes(response.getToBytes())
                            + "\n");
        }
        return ExitCode.OK;
    }
}
