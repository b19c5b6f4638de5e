package dev.hast.ctl;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.time.InstantSource;
import java.time.ZoneId;

/// Where a command reads and writes.
///
/// @param out answers
/// @param err everything else: questions, progress, errors
/// @param in answers to questions
/// @param interactive whether a person sits there: questions can be asked and lines redrawn
/// @param clock for ages of errors and for durations
/// @param zone that times are shown in
record Console(
        PrintWriter out,
        PrintWriter err,
        BufferedReader in,
        boolean interactive,
        InstantSource clock,
        ZoneId zone) {

    static Console ofProcess() {
        var console = System.console();
        var charset = console == null ? Charset.defaultCharset() : console.charset();
        return new Console(
                new PrintWriter(System.out, false, charset),
                new PrintWriter(System.err, true, charset),
                new BufferedReader(new InputStreamReader(System.in, charset)),
                console != null && console.isTerminal(),
                InstantSource.system(),
                ZoneId.systemDefault());
    }
}
