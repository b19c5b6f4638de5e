package dev.hast.ctl;

import dev.hast.daemon.document.ByteCount;
import dev.hast.daemon.document.DurationText;
import dev.hast.daemon.pki.PkiException;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/// The root of the commands, and what picocli needs around them.
@Command(
        name = "hastctl",
        mixinStandardHelpOptions = true,
        versionProvider = HastCtl.Version.class,
        description = "Looks at and commands hastd, the daemon of replicated volumes.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:failed",
            "2:the command line or a document is wrong",
            "3:no such resource, node or file",
            "4:refused in the present state, or not allowed",
            "5:daemon, arbiter or peer can't be reached or is busy; asking again is safe",
            "6:not finished in time; it may still be carried out",
            "7:not confirmed; nothing was changed",
            "8:looked, and found something that is not as it should be"
        },
        footer = {
            "",
            "Files:",
            "  /run/hast/control.sock   control socket of the daemon on this machine",
            "  /etc/hast/               documents of the daemon",
            "  /etc/hast/pki/           certificates",
            "  /dev/hast/NAME           device of a resource, on its primary",
            "",
            "Examples:",
            "  hastctl status --watch",
            "  hastctl help handover",
            "  hastctl handover database --to hast-b",
            "  hastctl import /etc/hast.conf --out /etc/hast"
        })
final class HastCtl implements Runnable {

    @Mixin private final GlobalOptions options;

    @Spec private CommandSpec spec = CommandSpec.create();

    private HastCtl(GlobalOptions options) {
        this.options = options;
    }

    /// Runs one command line.
    ///
    /// @return its exit code
    static int run(Console console, String... arguments) {
        var options = new GlobalOptions();
        // Netty and gRPC speak to developers; what a person must know is in the answer or the
        // error.
        Logger.getLogger("").setLevel(Level.OFF);
        try (var session = new Session(console, options)) {
            return commandLine(session).execute(arguments);
        }
    }

    /// The commands of a session.
    static CommandLine commandLine(Session session) {
        var root =
                new CommandLine(new HastCtl(session.options()))
                        .addSubcommand(new StatusCommand(session))
                        .addSubcommand(new ListCommand(session))
                        .addSubcommand(new DumpCommand(session))
                        .addSubcommand(new EventsCommand(session))
                        .addSubcommand(new InfoCommand(session))
                        .addSubcommand(new RoleCommand(session))
                        .addSubcommand(new HandOverCommand(session))
                        .addSubcommand(new CreateCommand(session))
                        .addSubcommand(new AddReplicaCommand(session))
                        .addSubcommand(new RemoveReplicaCommand(session))
                        .addSubcommand(new GrowCommand(session))
                        .addSubcommand(new VerifyCommand(session))
                        .addSubcommand(new ResyncCommand(session))
                        .addSubcommand(new PauseCommand(session))
                        .addSubcommand(new ResumeCommand(session))
                        .addSubcommand(
                                new CommandLine(new SplitBrainCommand())
                                        .addSubcommand(new SplitBrainCommand.Resolve(session)))
                        .addSubcommand(
                                new CommandLine(new VipCommand())
                                        .addSubcommand(new VipCommand.ListGroups(session))
                                        .addSubcommand(new VipCommand.Status(session))
                                        .addSubcommand(new VipCommand.WatchGroups(session))
                                        .addSubcommand(new VipCommand.Promote(session))
                                        .addSubcommand(new VipCommand.Demote(session))
                                        .addSubcommand(new VipCommand.Hold(session))
                                        .addSubcommand(new VipCommand.Release(session)))
                        .addSubcommand(new ReloadCommand(session))
                        .addSubcommand(new StopCommand(session))
                        .addSubcommand(new CheckCommand(session))
                        .addSubcommand(new ImportCommand(session))
                        .addSubcommand(
                                new CommandLine(new PkiCommand())
                                        .addSubcommand(new PkiCommand.Init(session))
                                        .addSubcommand(new PkiCommand.Node(session))
                                        .addSubcommand(new PkiCommand.Revoke(session)))
                        .addSubcommand(new CompletionCommand(session))
                        .addSubcommand(new HelpCommand());
        root.registerConverter(ByteCount.class, HastCtl::bytes)
                .registerConverter(Duration.class, HastCtl::duration)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpWidth(100)
                .setOut(session.console().out())
                .setErr(session.console().err())
                .setColorScheme(
                        Help.defaultColorScheme(
                                session.console().interactive() ? Help.Ansi.AUTO : Help.Ansi.OFF))
                .setParameterExceptionHandler(HastCtl::usage)
                .setExecutionExceptionHandler((e, command, _) -> failed(session, e));
        Manual.layOut(root);
        return root;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing: a command");
    }

    private static ByteCount bytes(String text) {
        try {
            return ByteCount.parse(text);
        } catch (IllegalArgumentException e) {
            throw new CommandLine.TypeConversionException(String.valueOf(e.getMessage()));
        }
    }

    private static Duration duration(String text) {
        try {
            return DurationText.parse(text);
        } catch (IllegalArgumentException e) {
            throw new CommandLine.TypeConversionException(String.valueOf(e.getMessage()));
        }
    }

    private static int usage(ParameterException e, String[] arguments) {
        var command = e.getCommandLine();
        PrintWriter err = command.getErr();
        err.println(
                "hastctl: "
                        + (e instanceof UnmatchedArgumentException unmatched
                                        && !unmatched.isUnknownOption()
                                ? "there is no " + String.join(" ", unmatched.getUnmatched())
                                : e.getMessage()));
        if (!UnmatchedArgumentException.printSuggestions(e, err)) {
            err.println(
                    "Try: hastctl help"
                            + (command.getParent() == null
                                    ? ""
                                    : " "
                                            + command.getCommandSpec()
                                                    .qualifiedName(" ")
                                                    .substring("hastctl ".length())));
        }
        err.flush();
        return ExitCode.USAGE;
    }

    private static int failed(Session session, Exception e) {
        var options = session.options();
        var failure =
                switch (e) {
                    case CommandFailure f -> f;
                    case StatusRuntimeException s -> DaemonConnection.failure(s, options);
                    case PkiException p ->
                            new CommandFailure(ExitCode.ERROR, String.valueOf(p.getMessage()), p);
                    case NoSuchFileException n ->
                            new CommandFailure(
                                    ExitCode.NOT_FOUND, n.getFile() + " does not exist", n);
                    case IOException i -> new CommandFailure(ExitCode.ERROR, i.toString(), i);
                    default ->
                            new CommandFailure(
                                    ExitCode.ERROR,
                                    "a fault of hastctl: " + e + " (--debug says where)",
                                    e);
                };
        session.note("hastctl: " + failure.getMessage());
        if (options.debug()) {
            e.printStackTrace(session.console().err());
            session.console().err().flush();
        }
        return failure.exitCode();
    }

    /// What `--version` prints.
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            var version = HastCtl.class.getPackage().getImplementationVersion();
            return new String[] {"hastctl " + (version == null ? "(not packaged)" : version)};
        }
    }
}
