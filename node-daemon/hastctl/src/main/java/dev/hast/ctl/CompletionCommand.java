package dev.hast.ctl;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
        name = "completion",
        description = "Print the completion of hastctl for bash and zsh.",
        footer = {
            "",
            "Examples:",
            "  hastctl completion > /etc/bash_completion.d/hastctl",
            "  source <(hastctl completion)     # this shell, bash or zsh"
        })
final class CompletionCommand implements Callable<Integer> {

    private final Session session;

    @Spec private CommandSpec spec = CommandSpec.create();

    CompletionCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() {
        session.print(AutoComplete.bash("hastctl", spec.root().commandLine()) + "\n");
        return ExitCode.OK;
    }
}
