package dev.hast.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.control.ControlMetrics;
import dev.hast.daemon.control.ControlServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Command lines against a daemon's control server behind a real unix socket. What is printed is
/// compared with the files in `golden/`; `-Dgolden.write=true` writes them anew.
final class HastCtlTest {

    private static final Path GOLDEN = Path.of("src/test/resources/dev/hast/ctl/golden");

    private final FakeDaemon daemon = new FakeDaemon();

    @TempDir private Path directory;

    private ControlServer server;

    /// What came of one command line.
    private record Outcome(int exit, String out, String err) {
        String text() {
            return out + (err.isEmpty() ? "" : "--- stderr\n" + err) + "--- exit " + exit + "\n";
        }
    }

    @BeforeEach
    void start() throws IOException {
        daemon.put(Samples.database());
        daemon.put(Samples.complete());
        daemon.put(Samples.init());
        daemon.put(Samples.suspended());
        daemon.put(Samples.splitBrain());
        Samples.events().forEach(daemon.events()::append);
        server = ControlServer.start(daemon, directory.resolve("s"), ControlMetrics.NONE);
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void statusTellsConnectedSyncingAndInSyncApart() throws IOException {
        expect("status", run("status"));
        expect("status-one", run("status", "hast0"));
        expect("status-json", run("status", "-o", "json", "database"));
        expect("status-yaml", run("status", "-o", "yaml", "hast0"));
    }

    @Test
    void statusSaysOfASplitBrainWhatThisNodeCanTell() {
        final var cut = Samples.splitBrain().toBuilder().setName("cut");
        cut.getSplitBrainBuilder().getBranchesBuilder(1).clearOwnBytes();
        daemon.put(cut.build());
        assertThat(run("status", "cut").out())
                .contains("--victim hast-a   # loses 1.00 GiB written there")
                .contains(
                        "--victim hast-b   # loses what was written there; hastctl status on it says how much");
    }

    @Test
    void statusCheckEndsByHealth() {
        assertThat(run("status", "--check", "hast0").exit()).isEqualTo(ExitCode.OK);
        for (var name : List.of("database", "scratch", "mail", "web")) {
            assertThat(run("status", "--check", name).exit())
                    .as(name)
                    .isEqualTo(ExitCode.UNHEALTHY);
        }
    }

    @Test
    void statusWaitEndsWhenAllIsCompleteOrTheTimeIsOver() throws IOException {
        run("resync", "--no-wait", "database");
        expect("status-wait", run("status", "--wait", "database"));
        expect("status-wait-timeout", run("status", "--wait", "--timeout", "100ms", "mail"));
    }

    @Test
    void listShowsHastsKeysFirst() throws IOException {
        expect("list", run("list", "database"));
        expect("dump", run("dump", "database"));
        expect("info", run("info"));
        expect("events", run("events", "--all", "--count", "3"));
        expect("events-json", run("events", "--all", "--count", "1", "-o", "json"));
    }

    @Test
    void unknownResourceEndsWithThree() throws IOException {
        expect("unknown-resource", run("list", "nope"));
    }

    @Test
    void refusalEndsWithFourAndSaysWhatMustChange() throws IOException {
        expect("create-refused", run("create", "scratch"));
        expect("handover-refused", run("handover", "database", "--to", "hast-c"));
        expect("role-refused", run("role", "primary", "hast0"));
    }

    @Test
    void absentDaemonEndsWithFive() throws IOException {
        var absent =
                runWith("", false, "status", "--socket", directory.resolve("absent").toString());
        expect("no-daemon", absent);
        server.close();
        Files.createFile(directory.resolve("s"));
        expect("dead-socket", run("status"));
    }

    @Test
    void socketIsTakenFromTheDaemonsDocuments() throws IOException {
        var documents = directory.resolve("hastd.yaml");
        Files.writeString(
                documents,
                """
                apiVersion: hast.dev/v1alpha1
                kind: HastNode
                metadata: {name: hast-a}
                spec: {plaintext: true, controlSocket: %s, arbiter: {type: none}}
                """
                        .formatted(directory.resolve("s")));
        var outcome =
                runWith("", false, "--socket", "/nonexistent", "-c", documents.toString(), "info");
        assertThat(outcome.out()).startsWith("node: hast-a\n");
        Files.writeString(documents, "kind: [");
        assertThat(
                        runWith(
                                        "",
                                        false,
                                        "--socket",
                                        "/nonexistent",
                                        "-c",
                                        documents.toString(),
                                        "info")
                                .exit())
                .isEqualTo(ExitCode.USAGE);
    }

    @Test
    void wrongCommandLineEndsWithTwo() throws IOException {
        expect("usage-none", run());
        expect("usage-unknown-command", run("statsu"));
        expect("usage-unknown-option", run("status", "--wach"));
        expect("usage-missing-parameter", run("handover"));
        expect("usage-bad-size", run("create", "-e", "2MB", "scratch"));
        expect("usage-bad-name", run("dump", "no such"));
        expect("usage-split-brain", run("split-brain"));
    }

    @Test
    void serviceAddressesAreShownAndOrdered() throws IOException {
        expect("vip-list", run("vip", "list"));
        expect("vip-status", run("vip", "status"));
        expect("vip-status-one-json", run("vip", "status", "mail", "-o", "json"));
        expect("vip-absent", run("vip", "status", "absent"));
        expect("vip-hold", run("vip", "hold", "service"));
        expect("vip-order-absent", run("vip", "promote", "absent"));
        expect("usage-vip", run("vip"));
        assertThat(daemon.asked()).containsExactly("vip service ORDER_HOLD");
    }

    @Test
    void plannedMovesAreReportedWithTheirSteps() throws IOException {
        expect("handover", run("handover", "database"));
        expect("stop", run("stop"));
        expect("stop-restart", run("stop", "--restart"));
    }

    @Test
    void roleOfHastsScriptsWorksWithoutATerminal() throws IOException {
        expect("role-init-all", run("role", "init", "all"));
        assertThat(daemon.asked()).contains("role ROLE_INIT database", "role ROLE_INIT mail");
    }

    @Test
    void dangerousVerbsAskAndNameWhatWillBeLost() throws IOException {
        var dangerous =
                List.of(
                        List.of("create", "--force", "database"),
                        List.of("role", "primary", "--force", "hast0"),
                        List.of("role", "init", "database"),
                        List.of("remove-replica", "database", "hast-b"),
                        List.of("remove-replica", "database", "hast-c"),
                        List.of("split-brain", "resolve", "web", "--victim", "hast-b"),
                        List.of("stop"));
        var text = new StringBuilder();
        for (var command : dangerous) {
            text.append("$ hastctl ").append(String.join(" ", command)).append('\n');
            text.append(runWith("n\n", true, command.toArray(String[]::new)).text());
        }
        expect("questions", text.toString());
        assertThat(daemon.asked()).isEmpty();
    }

    @Test
    void dataIsNotGivenUpWithoutATerminalAndWithoutYes() throws IOException {
        expect("no-terminal", run("split-brain", "resolve", "web", "--victim", "hast-b"));
        assertThat(daemon.asked()).isEmpty();
        expect("resolve", run("split-brain", "resolve", "web", "--victim", "hast-b", "--yes"));
        assertThat(daemon.asked()).containsExactly("resolve web victim hast-b");
    }

    @Test
    void answerOfYesGoesOn() throws IOException {
        expect(
                "create-forced",
                runWith("yes\n", true, "create", "-f", "-e", "4Mi", "-m", "5Gi", "database"));
        expect("remove", runWith("y\n", true, "remove-replica", "database", "hast-c"));
        assertThat(daemon.asked()).containsExactly("create database", "remove database hast-c");
    }

    @Test
    void replicasAreAddedAndVolumesGrown() throws IOException {
        expect(
                "add-replica",
                run(
                        "add-replica",
                        "database",
                        "hast-d",
                        "--provider",
                        "/dev/sdb",
                        "--at",
                        "10.0.0.4"));
        assertThat(daemon.asked()).containsExactly("add database hast-d /dev/sdb 10.0.0.4");
        expect("grow", run("grow", "database", "20Gi"));
        expect("grow-most", run("grow", "database"));
    }

    @Test
    void resyncIsFollowedUntilTheReplicaIsInSync() throws IOException {
        expect("resync", run("resync", "database"));
        expect("resync-nothing", run("resync", "hast0"));
        expect("resync-no-wait", run("resync", "--no-wait", "database"));
    }

    @Test
    void barIsDrawnAnewAtATerminal() {
        var drawn = runWith("", true, "resync", "database").err();
        assertThat(drawn)
                .contains("hast-c  [#########-------------------]   33.3 %")
                .contains("\033[1A")
                .contains("\033[J");
    }

    @Test
    void verifyEndsWithEightWhenSomethingDiffers() throws IOException {
        expect("verify", run("verify", "database"));
        expect("verify-differs", run("verify", "hast0"));
        expect("verify-none-runs", run("verify", "--progress", "scratch"));
    }

    @Test
    void resyncAndVerifyArePausedAndStopped() {
        assertThat(run("pause", "database", "hast0").exit()).isZero();
        assertThat(run("resume", "database").exit()).isZero();
        assertThat(run("verify", "--stop", "database").exit()).isZero();
        assertThat(daemon.asked())
                .containsExactly(
                        "pause database", "pause hast0", "resume database", "stop verify database");
    }

    @Test
    void reloadShowsWhatChangedOrWhyNothingDid() throws IOException {
        expect("reload", run("reload"));
        run("pause", "hast0");
        expect("reload-refused", run("reload"));
    }

    @Test
    void everyCommandHasHelpWithAnExample() throws IOException {
        expect("help", run("--help"));
        expect("help-status", run("help", "status"));
        var commands =
                HastCtl.commandLine(
                                new Session(
                                        console("", false, new StringWriter(), new StringWriter()),
                                        new GlobalOptions()))
                        .getSubcommands();
        commands.forEach((name, command) -> {
            if (!name.equals("help")) {
                assertThat(command.getUsageMessage()).as(name).contains("Examples:");
            }
        });
    }

    @Test
    void completionIsAScriptThatBashReads() throws IOException, InterruptedException {
        var script = directory.resolve("completion");
        Files.writeString(script, run("completion").out());
        var bash =
                new ProcessBuilder("bash", "-n", script.toString())
                        .redirectErrorStream(true)
                        .start();
        assertThat(new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEmpty();
        assertThat(bash.waitFor()).isZero();
        assertThat(Files.readString(script)).contains("split-brain").contains("--victim");
    }

    private Outcome run(String... arguments) {
        return runWith("", false, arguments);
    }

    private Outcome runWith(String answers, boolean interactive, String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        var words = new ArrayList<>(List.of(arguments));
        if (!words.contains("--socket")) {
            words.addFirst(directory.resolve("s").toString());
            words.addFirst("--socket");
        }
        int exit =
                HastCtl.run(console(answers, interactive, out, err), words.toArray(String[]::new));
        return new Outcome(exit, out.toString(), err.toString());
    }

    private static Console console(
            String answers, boolean interactive, StringWriter out, StringWriter err) {
        return new Console(
                new PrintWriter(out),
                new PrintWriter(err),
                new BufferedReader(new StringReader(answers)),
                interactive,
                InstantSource.fixed(Samples.NOW),
                ZoneOffset.UTC);
    }

    private void expect(String name, Outcome outcome) throws IOException {
        expect(name, outcome.text());
    }

    private void expect(String name, String text) throws IOException {
        var actual = text.replace(directory.toString(), "DIR");
        var file = GOLDEN.resolve(name + ".txt");
        if (Boolean.getBoolean("golden.write")) {
            Files.writeString(file, actual);
        }
        assertThat(actual).isEqualTo(Files.readString(file));
    }
}
