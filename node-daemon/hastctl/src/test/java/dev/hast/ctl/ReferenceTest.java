package dev.hast.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/// `docs/reference/hastctl.md` is what the program says of itself. `-Dgolden.write=true` writes it
/// anew.
final class ReferenceTest {

    private static final Path PAGE = Path.of("../../docs/reference/hastctl.md");

    private static final String HEAD =
            """
            # hastctl

            The command line of `hastd`. This page is made from `hastctl help`; a test keeps the two equal.

            `hastctl` knows every command of HAST's hastctl(8) (`create`, `role`, `list`, `status`, `dump`, `stop`) with the
            same flags, and more. Where HAST's `complete` meant that both sockets are connected, here it means that
            every replica is in sync. `activity log updates` are HAST's `activemap updates`.

            Answers are written to standard output; questions, progress and errors to standard error. With `-o json`
            and `-o yaml` every field of an answer is there, also the empty ones; with `--watch`, and for events, JSON is one
            line for each update.

            Commands that give something up ask first, and name what will be lost; `--yes` skips the question. Without a
            terminal they end with 7, except where only a device goes away for a time (`role init`, `stop`), as HAST's
            scripts expect.

            """;

    @Test
    void pageSaysWhatTheProgramSays() throws IOException {
        var silent = new PrintWriter(new StringWriter());
        var console =
                new Console(
                        silent,
                        silent,
                        new BufferedReader(new StringReader("")),
                        false,
                        InstantSource.system(),
                        ZoneOffset.UTC);
        var page = new StringBuilder(HEAD);
        append(page, HastCtl.commandLine(new Session(console, new GlobalOptions())), 2);
        var text = page.toString().stripTrailing() + "\n";
        if (Boolean.getBoolean("golden.write")) {
            Files.createDirectories(PAGE.getParent());
            Files.writeString(PAGE, text);
        }
        assertThat(Files.readString(PAGE)).isEqualTo(text);
    }

    private static void append(StringBuilder page, CommandLine command, int depth) {
        var name = command.getCommandSpec().qualifiedName();
        if (name.endsWith(" help")) {
            return;
        }
        page.repeat('#', depth).append(' ').append(name).append("\n\n```\n");
        page.append(command.getUsageMessage(CommandLine.Help.Ansi.OFF).strip()).append("\n```\n\n");
        command.getSubcommands().values().forEach(sub -> append(page, sub, depth == 2 ? 3 : 4));
    }
}
