package dev.hast.ctl.hastconf;

import dev.hast.ctl.hastconf.HastConf.Keyword;
import dev.hast.ctl.hastconf.HastConf.NodeSection;
import dev.hast.ctl.hastconf.HastConf.Section;
import dev.hast.ctl.hastconf.HastConf.Setting;
import dev.hast.daemon.document.Endpoint;
import dev.hast.daemon.document.IoEngine;
import dev.hast.daemon.document.NodeDocument;
import dev.hast.daemon.document.NodeDocument.Arbiter;
import dev.hast.daemon.document.NodeDocument.Directories;
import dev.hast.daemon.document.NodeDocument.TlsFiles;
import dev.hast.daemon.document.ResourceDocument;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Turns a `hast.conf` into documents: one `HastResource` for each resource, one `HastNode` for
/// each node that it names. Settings are inherited as in HAST: node of the resource, resource,
/// file, default. What has no counterpart is said in a warning with its line, never dropped in
/// silence.
public final class HastConfImport {

    private static final Path PKI = Path.of("/etc/hast/pki");

    /// What hast.conf doesn't say and a document needs.
    ///
    /// @param arbiter of every node
    /// @param plaintext no TLS, as in HAST
    public record Choices(Arbiter arbiter, boolean plaintext) {}

    /// The outcome.
    ///
    /// @param warnings one sentence each, with file and line where there is one
    public record Imported(
            List<ResourceDocument> resources, List<NodeDocument> nodes, List<String> warnings) {
        public Imported {
            resources = List.copyOf(resources);
            nodes = List.copyOf(nodes);
            warnings = List.copyOf(warnings);
        }
    }

    private final HastConf conf;
    private final Choices choices;
    private final Notes notes;

    private HastConfImport(String file, HastConf conf, Choices choices) {
        this.conf = conf;
        this.choices = choices;
        this.notes = new Notes(file);
    }

    /// Reads and converts.
    ///
    /// @param file what errors and warnings call it
    /// @throws HastConfException with every error that was found
    public static Imported read(String file, String text, Choices choices)
            throws HastConfException {
        var conversion = new HastConfImport(file, HastConfParser.parse(file, text), choices);
        return conversion.convert();
    }

    private Imported convert() throws HastConfException {
        var resources = new ArrayList<ResourceDocument>();
        for (var resource : conf.resources()) {
            new ResourceConversion(conf.global(), resource, notes)
                    .convert()
                    .ifPresent(resources::add);
        }
        if (conf.resources().isEmpty()) {
            notes.warn(0, "no resource is given");
        }
        var nodes = nodes();
        general(resources);
        if (!notes.errors().isEmpty()) {
            throw new HastConfException(notes.errors());
        }
        return new Imported(resources, nodes, notes.warnings());
    }

    private List<NodeDocument> nodes() {
        var names = new LinkedHashMap<String, Section>();
        conf.nodes().forEach(n -> names.putIfAbsent(notes.node(n), n.section()));
        for (var resource : conf.resources()) {
            resource.nodes().forEach(n -> names.putIfAbsent(notes.node(n), new Section(Map.of())));
        }
        var exec = exec();
        conf.global().get(Keyword.PIDFILE).ifPresent(this::pidFile);
        var documents = new ArrayList<NodeDocument>();
        names.forEach((name, section) -> {
            section.get(Keyword.PIDFILE).ifPresent(this::pidFile);
            documents.add(node(name, section, exec));
        });
        return documents;
    }

    private NodeDocument node(String name, Section section, Optional<Path> exec) {
        var listens =
                section.all(Keyword.LISTEN).isEmpty()
                        ? conf.global().all(Keyword.LISTEN)
                        : section.all(Keyword.LISTEN);
        var listen = new ArrayList<Endpoint>();
        listens.forEach(s ->
                Address.parse(s.value())
                        .ifPresentOrElse(
                                listen::add,
                                () ->
                                        notes.error(
                                                s.line(),
                                                "listen "
                                                        + s.value()
                                                        + " is not [tcp://]host[:port]",
                                                "mend it first")));
        var control = section.get(Keyword.CONTROL).or(() -> conf.global().get(Keyword.CONTROL));
        return new NodeDocument(
                name,
                listen.isEmpty() ? List.of(NodeDocument.LISTEN_DEFAULT) : listen,
                control.flatMap(this::socket).orElse(NodeDocument.CONTROL_SOCKET_DEFAULT),
                Optional.empty(),
                choices.plaintext() ? Optional.empty() : Optional.of(tls(name)),
                choices.arbiter(),
                Directories.DEFAULT,
                Optional.of(NodeDocument.METRICS_LISTEN_DEFAULT),
                exec,
                IoEngine.AUTO);
    }

    private static TlsFiles tls(String name) {
        return new TlsFiles(
                PKI.resolve("ca.crt"),
                PKI.resolve(name + ".crt"),
                PKI.resolve(name + ".key"),
                Optional.of(PKI.resolve("crl.pem")));
    }

    private Optional<Path> socket(Setting control) {
        var path = control.value().replaceFirst("^(uds|unix)://", "");
        if (!path.startsWith("/")) {
            notes.error(
                    control.line(),
                    "control " + control.value() + " is not a unix socket",
                    "write uds:///path");
            return Optional.empty();
        }
        return path.equals("/var/run/hastctl") ? Optional.empty() : Optional.of(Path.of(path));
    }

    private void pidFile(Setting setting) {
        notes.warn(setting.line(), "pidfile is left out: the service manager knows the process");
    }

    /// HAST has a hook for each resource; a node's document has one, which is told the resource.
    private Optional<Path> exec() {
        Set<String> programs = new LinkedHashSet<>();
        conf.global().get(Keyword.EXEC).ifPresent(s -> programs.add(s.value()));
        for (var resource : conf.resources()) {
            resource.section()
                    .get(Keyword.EXEC)
                    .ifPresent(s -> {
                        if (programs.add(s.value()) && programs.size() > 1) {
                            notes.warn(
                                    s.line(),
                                    "exec "
                                            + s.value()
                                            + " of "
                                            + resource.name()
                                            + " is left out: a node has one"
                                            + " program for all resources; let "
                                            + programs.iterator().next()
                                            + " look at its second argument");
                        }
                    });
        }
        return programs.stream().findFirst().filter(p -> p.startsWith("/")).map(Path::of);
    }

    private void general(List<ResourceDocument> resources) {
        if (choices.arbiter().type().equals("none")) {
            notes.warn(
                    0,
                    "arbiter type none: roles are set by hand as in HAST, and split-brain is possible; an etcd on a"
                            + " third machine prevents it (--arbiter)");
        }
        if (!choices.plaintext()) {
            notes.warn(
                    0,
                    "nodes will prove their names, which HAST can't do: make certificates with hastctl pki init"
                            + " and hastctl pki node, or import with --plaintext");
        }
        if (!resources.isEmpty()) {
            notes.warn(
                    0,
                    "what HAST wrote on the providers is not taken over: hastctl create makes them anew; copy the"
                            + " data of one primary onto the new device");
        }
    }

    /// Collects what is wrong and what is worth knowing.
    static final class Notes {

        private final String file;
        private final Set<Note> errors = new LinkedHashSet<>();
        private final Set<Note> warnings = new LinkedHashSet<>();

        private record Note(int line, String text) {}

        Notes(String file) {
            this.file = file;
        }

        void error(int line, String problem, String mend) {
            errors.add(new Note(line, file + ":" + line + ": " + problem + "; " + mend));
        }

        void warn(int line, String what) {
            warnings.add(
                    new Note(
                            line,
                            line == 0 ? file + ": " + what : file + ":" + line + ": " + what));
        }

        /// A node's name as documents write it.
        String node(NodeSection section) {
            var name = section.node();
            if (name.matches("hostid[0-9]+")
                    || name.matches("[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")) {
                warn(
                        section.line(),
                        "on "
                                + name
                                + " is a host's identity of FreeBSD: give the node its name instead");
            }
            return name.toLowerCase(Locale.ROOT).replace('_', '-');
        }

        List<String> errors() {
            return sorted(errors);
        }

        List<String> warnings() {
            return sorted(warnings);
        }

        /// By line; what concerns the whole file comes last.
        private static List<String> sorted(Set<Note> notes) {
            return notes.stream()
                    .sorted(
                            Comparator.comparingInt(
                                    (Note n) -> n.line() == 0 ? Integer.MAX_VALUE : n.line()))
                    .map(Note::text)
                    .toList();
        }
    }
}
