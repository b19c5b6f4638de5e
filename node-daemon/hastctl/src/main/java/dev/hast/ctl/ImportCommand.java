package dev.hast.ctl;

import dev.hast.ctl.hastconf.HastConfException;
import dev.hast.ctl.hastconf.HastConfImport;
import dev.hast.ctl.hastconf.HastConfImport.Choices;
import dev.hast.ctl.hastconf.HastConfImport.Imported;
import dev.hast.daemon.document.DocumentWriter;
import dev.hast.daemon.document.Documents;
import dev.hast.daemon.document.LoadOutcome.Loaded;
import dev.hast.daemon.document.LoadOutcome.Refused;
import dev.hast.daemon.document.NodeDocument.Arbiter;
import dev.hast.daemon.document.NodeDocument.EtcdArbiter;
import dev.hast.daemon.document.NodeDocument.NoArbiter;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
        name = "import",
        description = {
            "Turn FreeBSD's hast.conf into documents. Needs no daemon.",
            "",
            "One HastResource for each resource and one HastNode for each node; the same files serve every node."
                    + " Warnings name what has no counterpart, with its line. Ends with 2 when the file is wrong."
        },
        footer = {
            "",
            "Examples:",
            "  hastctl import /etc/hast.conf",
            "  hastctl import /etc/hast.conf --arbiter http://10.0.0.3:2379 --out /etc/hast"
        })
final class ImportCommand implements Callable<Integer> {

    private final Session session;

    @Parameters(paramLabel = "FILE", description = "A hast.conf.")
    private Path file = Path.of("/etc/hast.conf");

    @Option(
            names = "--out",
            paramLabel = "DIR",
            description = "Write a file for each document there. Default: print.")
    private Path out = Path.of("");

    @Option(
            names = "--arbiter",
            split = ",",
            paramLabel = "URL",
            description = "Client URLs of an etcd, with commas between, or none. Default: none.")
    private List<String> arbiter = new ArrayList<>();

    @Option(names = "--plaintext", description = "No TLS, as in HAST.")
    private boolean plaintext;

    ImportCommand(Session session) {
        this.session = session;
    }

    @Override
    public Integer call() throws CommandFailure, IOException {
        Imported imported;
        try {
            imported =
                    HastConfImport.read(
                            file.toString(),
                            Files.readString(file),
                            new Choices(arbiter(), plaintext));
        } catch (HastConfException e) {
            e.errors().forEach(session::note);
            return ExitCode.USAGE;
        }
        var documents = new LinkedHashMap<String, String>();
        imported.resources()
                .forEach(r -> documents.put(r.name() + ".yaml", DocumentWriter.write(r)));
        imported.nodes()
                .forEach(n -> documents.put("node-" + n.name() + ".yaml", DocumentWriter.write(n)));
        check(documents);
        imported.warnings().forEach(w -> session.note("warning: " + w));
        if (out.toString().isEmpty()) {
            session.print(String.join("---\n", documents.values()));
        } else {
            write(documents);
        }
        return ExitCode.OK;
    }

    private Arbiter arbiter() {
        if (arbiter.isEmpty() || arbiter.equals(List.of("none"))) {
            return new NoArbiter();
        }
        return new EtcdArbiter(
                arbiter, EtcdArbiter.PREFIX_DEFAULT, Optional.empty(), Optional.empty());
    }

    /// What was made is read as a daemon would: an import that ends well is one that loads.
    private static void check(Map<String, String> documents) throws CommandFailure {
        switch (Documents.parse(documents)) {
            case Loaded _ -> {}
            case Refused refused ->
                    throw new CommandFailure(
                            ExitCode.USAGE,
                            "the documents made of it would be refused; mend hast.conf:\n"
                                    + refused.text());
        }
    }

    private void write(Map<String, String> documents) throws IOException, CommandFailure {
        Files.createDirectories(out);
        for (var name : documents.keySet()) {
            if (Files.exists(out.resolve(name))) {
                throw new CommandFailure(
                        ExitCode.REFUSED,
                        out.resolve(name) + " exists already and is not overwritten; move it away");
            }
        }
        for (var document : documents.entrySet()) {
            var path = out.resolve(document.getKey());
            try {
                Files.writeString(path, document.getValue(), StandardOpenOption.CREATE_NEW);
            } catch (FileAlreadyExistsException e) {
                throw new CommandFailure(
                        ExitCode.REFUSED, path + " exists already and is not overwritten", e);
            }
            session.print("wrote " + path + "\n");
        }
    }
}
