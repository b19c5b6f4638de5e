package dev.hast.daemon.document;

import dev.hast.daemon.document.LoadOutcome.Loaded;
import dev.hast.daemon.document.LoadOutcome.Refused;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.Node;

/// Loads documents: YAML 1.2 files (JSON too), each with one or more documents of the kinds
/// `HastResource`, `HastNode` and `VirtualIP`.
///
/// Reading is strict and all or nothing: unknown fields, wrong types and values out of range are
/// errors, all of them are reported at once, and one error means that nothing is given. Not
/// thread-safe, holds nothing between calls.
public final class Documents {

    public static final String API_VERSION = "hast.dev/v1alpha1";
    public static final String RESOURCE_KIND = "HastResource";
    public static final String NODE_KIND = "HastNode";
    public static final String VIRTUAL_IP_KIND = "VirtualIP";

    private static final List<String> KINDS = List.of(RESOURCE_KIND, NODE_KIND, VIRTUAL_IP_KIND);

    /// A file larger than this is refused unread.
    public static final int FILE_SIZE_MAX = 4 << 20;

    private final Problems problems = new Problems();
    private final Map<String, ResourceDocument> resources = new LinkedHashMap<>();
    private final Map<String, NodeDocument> nodes = new LinkedHashMap<>();
    private final Map<String, VirtualIpDocument> virtualIps = new LinkedHashMap<>();

    /// Where each address group was read: what it has to do with others is judged in the end.
    private final Map<String, Fields> virtualIpSpecs = new LinkedHashMap<>();

    private final Map<String, String> seen = new LinkedHashMap<>();

    private Documents() {}

    /// Loads files, and the `*.yaml`, `*.yml` and `*.json` files of directories in the order of
    /// their names.
    public static LoadOutcome load(List<Path> paths) {
        var documents = new Documents();
        for (var path : paths) {
            documents.readPath(path);
        }
        return documents.outcome();
    }

    /// Loads files and directories, and beside them documents that didn't come from a file.
    ///
    /// @param texts by the names that errors call them
    public static LoadOutcome load(List<Path> paths, Map<String, String> texts) {
        var documents = new Documents();
        for (var path : paths) {
            documents.readPath(path);
        }
        texts.forEach(documents::readText);
        return documents.outcome();
    }

    /// Loads documents that didn't come from a file.
    ///
    /// @param texts by the names that errors call them
    public static LoadOutcome parse(Map<String, String> texts) {
        var documents = new Documents();
        texts.forEach(documents::readText);
        return documents.outcome();
    }

    private LoadOutcome outcome() {
        var documents =
                new DocumentSet(
                        List.copyOf(resources.values()),
                        List.copyOf(nodes.values()),
                        List.copyOf(virtualIps.values()));
        new VirtualIpChecks(documents, virtualIpSpecs).run();
        return problems.isEmpty() ? new Loaded(documents) : new Refused(problems.errors());
    }

    private void readPath(Path path) {
        try {
            if (!Files.isDirectory(path)) {
                readFile(path);
                return;
            }
            try (var entries = Files.list(path)) {
                entries.filter(Documents::isDocumentFile).sorted().forEach(this::readFile);
            }
        } catch (IOException e) {
            problems.file(
                    path.toString(), "can't be read: " + e, "check the path and its permissions");
        }
    }

    private static boolean isDocumentFile(Path path) {
        var name = path.getFileName().toString();
        return !name.startsWith(".")
                && (name.endsWith(".yaml") || name.endsWith(".yml") || name.endsWith(".json"));
    }

    private void readFile(Path path) {
        try {
            if (Files.size(path) > FILE_SIZE_MAX) {
                problems.file(
                        path.toString(),
                        "is larger than 4 MiB",
                        "split it, or check that it is the right file");
                return;
            }
            readText(path.toString(), Files.readString(path));
        } catch (NoSuchFileException e) {
            problems.file(path.toString(), "does not exist", "check the path");
        } catch (CharacterCodingException e) {
            problems.file(
                    path.toString(), "is not text in UTF-8", "check that it is the right file");
        } catch (IOException e) {
            problems.file(path.toString(), "can't be read: " + e, "check its permissions");
        }
    }

    private void readText(String file, String text) {
        var settings =
                LoadSettings.builder()
                        .setLabel(file)
                        .setCodePointLimit(FILE_SIZE_MAX)
                        .setMaxAliasesForCollections(20)
                        .setAllowRecursiveKeys(false)
                        .build();
        var roots = new ArrayList<Node>();
        try {
            for (var root : new Compose(settings).composeAllFromString(text)) {
                roots.add(root);
            }
        } catch (MarkedYamlEngineException e) {
            int line = e.getProblemMark().map(m -> m.getLine() + 1).orElse(0);
            int column = e.getProblemMark().map(m -> m.getColumn() + 1).orElse(0);
            var context = e.getContext() == null ? "" : " " + e.getContext();
            problems.add(
                    new DocumentError(
                            file,
                            line,
                            column,
                            "",
                            "is not YAML: " + e.getProblem() + context,
                            "check indentation and quotes"));
            return;
        } catch (YamlEngineException e) {
            problems.file(
                    file, "can't be read as YAML: " + e.getMessage(), "write it more plainly");
            return;
        }
        for (var root : roots) {
            Fields.of(file, root, "", problems).ifPresent(fields -> readDocument(file, fields));
        }
    }

    private void readDocument(String file, Fields document) {
        var version =
                document.required(
                        "apiVersion", "write apiVersion: " + API_VERSION, Documents::apiVersion);
        var kind =
                document.required("kind", "write kind: " + Sentence.either(KINDS), Documents::kind);
        var name =
                document.requiredMapping("metadata", "write metadata: {name: NAME}")
                        .flatMap(Documents::metadataName);
        if (version.isEmpty() || kind.isEmpty()) {
            return;
        }
        document.passOver(
                "status"); // what kubectl prints may be fed back; a daemon reports its own
        var spec = document.requiredMapping("spec", "write its fields below spec:");
        document.refuseUnknown();
        if (name.isPresent()) {
            var previous = seen.putIfAbsent(kind.get() + " " + name.get(), file);
            if (previous != null) {
                document.mapping("metadata")
                        .ifPresent(m ->
                                m.problem(
                                        "name",
                                        kind.get()
                                                + " "
                                                + name.get()
                                                + " is given twice, also "
                                                + place(previous, file),
                                        "remove or rename one"));
            }
        }
        if (spec.isPresent()) {
            readSpec(kind.get(), name.orElse("unnamed"), spec.get());
        }
    }

    private void readSpec(String kind, String name, Fields spec) {
        switch (kind) {
            case RESOURCE_KIND ->
                    ResourceReader.read(name, spec, problems)
                            .ifPresent(r -> resources.putIfAbsent(name, r));
            case NODE_KIND ->
                    NodeReader.read(name, spec, problems)
                            .ifPresent(n -> nodes.putIfAbsent(name, n));
            case VIRTUAL_IP_KIND ->
                    VirtualIpReader.read(name, spec, problems)
                            .ifPresent(v -> {
                                virtualIps.putIfAbsent(name, v);
                                virtualIpSpecs.putIfAbsent(name, spec);
                            });
            default -> throw new IllegalStateException("a kind that was let through: " + kind);
        }
    }

    private static String place(String previous, String file) {
        return previous.equals(file) ? "above" : "in " + previous;
    }

    private static Optional<String> metadataName(Fields metadata) {
        var name = metadata.required("name", "name it", Values::name);
        // What Kubernetes adds to an object that is exported from a cluster.
        for (var field :
                List.of(
                        "labels",
                        "annotations",
                        "creationTimestamp",
                        "generation",
                        "resourceVersion",
                        "uid",
                        "finalizers",
                        "managedFields")) {
            metadata.passOver(field);
        }
        metadata.refuseUnknown();
        return name;
    }

    private static String apiVersion(String text) throws BadValue {
        if (!text.equals(API_VERSION)) {
            throw new BadValue(
                    Values.quoted(text) + " is not known to this version", "write " + API_VERSION);
        }
        return text;
    }

    private static String kind(String text) throws BadValue {
        if (!KINDS.contains(text)) {
            throw new BadValue(
                    Values.quoted(text) + " is not known to this version",
                    "write " + Sentence.either(KINDS));
        }
        return text;
    }
}
