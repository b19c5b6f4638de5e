package dev.hast.ctl;

import dev.hast.control.v1.ResolveSplitBrainRequest;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.ctl.Session.Danger;
import dev.hast.ctl.output.Words;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
        name = "split-brain",
        description = {
            "End a split-brain: two nodes were primary at once, and each has writes that the other lacks.",
            "",
            "Possible only with onArbiterLost: continue, arbiter type none, or a forced role. hastctl status shows how"
                    + " much each side has written. Nothing is merged: copy what you need from the victim first."
        },
        subcommands = {},
        footer = {"", "Examples:", "  hastctl split-brain resolve database --victim hast-b"})
final class SplitBrainCommand implements Callable<Integer> {

    @Spec private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        throw new ParameterException(spec.commandLine(), "Missing: resolve");
    }

    @Command(
            name = "resolve",
            description = {
                "Give up the writes of one side. Its copy is then brought up to date by hash, like any replica that"
                        + " returns."
            },
            footer = {"", "Examples:", "  hastctl split-brain resolve database --victim hast-b"})
    static final class Resolve implements Callable<Integer> {

        private final Session session;

        @Parameters(paramLabel = "NAME", description = "Resource.")
        private String name = "";

        @Option(
                names = "--victim",
                required = true,
                paramLabel = "NODE",
                description = "Node whose own writes are given up.")
        private String victim = "";

        @Option(
                names = {"-y", "--yes"},
                description = "Don't ask.")
        private boolean yes;

        Resolve(Session session) {
            this.session = session;
        }

        @Override
        public Integer call() throws CommandFailure {
            session.confirm(Danger.DATA, yes, List.of(loss(session.resource(name))));
            var response =
                    session.daemon()
                            .resolveSplitBrain(
                                    ResolveSplitBrainRequest.newBuilder()
                                            .setName(name)
                                            .setVictim(victim)
                                            .build());
            if (!session.printed(response)) {
                session.print(
                        name
                                + ": the copy on "
                                + victim
                                + " follows the others again; "
                                + Words.bytes(response.getLostBytes())
                                + " of its own were given up\n");
            }
            return ExitCode.OK;
        }

        private String loss(ResourceStatus resource) {
            var own =
                    resource.getSplitBrain().getBranchesList().stream()
                            .filter(b -> b.getNode().equals(victim) && b.hasOwnBytes())
                            .map(b -> Words.bytes(b.getOwnBytes()) + " that were")
                            .findFirst()
                            .orElse("What was");
            return own
                    + " written to "
                    + name
                    + " on "
                    + victim
                    + " alone since the split will be lost for good.";
        }
    }
}
