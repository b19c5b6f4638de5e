package dev.hast.ctl;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.document.Documents;
import dev.hast.daemon.document.LoadOutcome.Loaded;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Commands that need no daemon: import, check, pki.
final class ImportTest {

    private static final Path SAMPLES = Path.of("src/test/resources/dev/hast/ctl/hastconf");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir private Path directory;

    static List<String> samples() throws IOException {
        try (Stream<Path> files = Files.list(SAMPLES)) {
            return files.map(f -> f.getFileName().toString())
                    .filter(f -> f.endsWith(".conf"))
                    .sorted()
                    .toList();
        }
    }

    /// Each `X.conf` gives exactly what `X.txt` says: documents, warnings, errors, exit code.
    @ParameterizedTest
    @MethodSource("samples")
    void hastConfGivesItsDocumentsOrItsErrors(String name) throws IOException {
        int exit = run("import", SAMPLES.resolve(name).toString());
        var text =
                (out + "--- stderr\n" + err + "--- exit " + exit + "\n").replace(SAMPLES + "/", "");
        var golden = SAMPLES.resolve(name.replace(".conf", ".txt"));
        if (Boolean.getBoolean("golden.write")) {
            Files.writeString(golden, text);
        }
        assertThat(text).isEqualTo(Files.readString(golden));
    }

    @Test
    void importedFilesLoadAndAreNotOverwritten() throws IOException {
        var arguments =
                List.of(
                        "import",
                        SAMPLES.resolve("article.conf").toString(),
                        "--out",
                        directory.toString(),
                        "--arbiter",
                        "http://10.0.0.3:2379,http://10.0.0.4:2379",
                        "--plaintext");
        assertThat(run(arguments.toArray(String[]::new))).isZero();
        assertThat(out.toString()).contains("wrote " + directory.resolve("hast0.yaml"));

        assertThat(Documents.load(List.of(directory))).isInstanceOf(Loaded.class);
        assertThat(run("check", directory.toString())).isZero();
        assertThat(out.toString())
                .contains(
                        "HastResource hast0: in order\nHastNode hast-a: in order\nHastNode hast-b: in order\n");

        assertThat(run(arguments.toArray(String[]::new))).isEqualTo(ExitCode.REFUSED);
        assertThat(err.toString()).contains("exists already and is not overwritten");
    }

    @Test
    void absentFileEndsWithThree() {
        assertThat(run("import", directory.resolve("none").toString()))
                .isEqualTo(ExitCode.NOT_FOUND);
        assertThat(err.toString())
                .isEqualTo("hastctl: " + directory.resolve("none") + " does not exist\n");
    }

    @Test
    void checkNamesEveryErrorAndEndsWithTwo() throws IOException {
        var file = directory.resolve("bad.yaml");
        Files.writeString(
                file,
                "apiVersion: hast.dev/v1alpha1\nkind: HastResource\nmetadata: {name: X}\nspec: {sise: 1}\n");
        assertThat(run("check", file.toString())).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString().lines()).hasSize(3).allMatch(line -> line.startsWith(file + ":"));
        assertThat(run("check", "-o", "json", file.toString())).isEqualTo(ExitCode.USAGE);
        assertThat(out.toString())
                .contains("\"line\" : 4")
                .contains("\"mend\" : \"did you mean size?\"");
    }

    @Test
    void pkiMakesIssuesAndRevokes() throws IOException {
        var pki = directory.resolve("pki").toString();
        assertThat(run("pki", "init", "--dir", pki)).isZero();
        assertThat(run("pki", "node", "hast-a", "--dir", pki, "--host", "192.168.100.197"))
                .isZero();
        assertThat(run("pki", "revoke", "hast-a", "--dir", pki)).isZero();
        assertThat(out.toString())
                .contains("made " + pki + "/ca.crt, until 2036-11-18 09:00:00.000")
                .contains(
                        "copy to hast-a: "
                                + pki
                                + "/ca.crt "
                                + pki
                                + "/crl.pem "
                                + pki
                                + "/hast-a.crt "
                                + pki
                                + "/hast-a.key")
                .containsPattern("revoked [0-9a-f]+ of hast-a");
        var mode = Files.getPosixFilePermissions(Path.of(pki, "hast-a.key"));
        assertThat(PosixFilePermissions.toString(mode)).isEqualTo("rw-------");

        assertThat(run("pki", "init", "--dir", pki)).isEqualTo(ExitCode.ERROR);
        assertThat(run("pki", "node", "hast-a", "--dir", pki)).isEqualTo(ExitCode.ERROR);
        assertThat(err.toString().lines())
                .hasSize(2)
                .allMatch(line -> line.contains("is not overwritten"));
    }

    private int run(String... arguments) {
        var console =
                new Console(
                        new PrintWriter(out),
                        new PrintWriter(err),
                        new BufferedReader(new StringReader("")),
                        false,
                        InstantSource.fixed(Samples.NOW),
                        ZoneOffset.UTC);
        return HastCtl.run(console, new ArrayList<>(List.of(arguments)).toArray(String[]::new));
    }
}
