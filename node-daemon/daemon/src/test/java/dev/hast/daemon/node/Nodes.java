package dev.hast.daemon.node;

import dev.hast.control.v1.CreateRequest;
import dev.hast.control.v1.ReplicaState;
import dev.hast.control.v1.ResourceState;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.StatusRequest;
import dev.hast.daemon.Await;
import dev.hast.daemon.export.ExportClient;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/// Nodes of one machine with one resource, `r`, for tests of whole daemons: documents, directories,
/// providers that are files, a file as the arbiter.
final class Nodes implements AutoCloseable {

    static final String RESOURCE = "r";

    private final Path directory;
    private final Map<String, Integer> ports = new LinkedHashMap<>();
    private final Map<String, Integer> metrics = new LinkedHashMap<>();
    private final Map<String, Integer> controls = new LinkedHashMap<>();
    private final Map<String, NodeProcess> nodes = new LinkedHashMap<>();

    Nodes(Path directory, String spec, String... names) throws IOException {
        this(directory, spec, List.of(), names);
    }

    /// @param spec more lines of the resource's `spec`
    /// @param prefix what the daemons are run by, for limits
    Nodes(Path directory, String spec, List<String> prefix, String... names) throws IOException {
        this(directory, spec, prefix, false, names);
    }

    /// With TLS and the control API on TCP; the certificates have to be in [#pki].
    static Nodes secured(Path directory, String spec, String... names) throws IOException {
        return new Nodes(directory, spec, List.of(), true, names);
    }

    private Nodes(
            Path directory, String spec, List<String> prefix, boolean secured, String... names)
            throws IOException {
        this.directory = directory;
        for (String name : names) {
            ports.put(name, freePort());
            metrics.put(name, freePort());
            if (secured) {
                controls.put(name, freePort());
            }
        }
        Files.writeString(directory.resolve("nodes.yaml"), documents(spec));
        for (String name : names) {
            nodes.put(
                    name,
                    new NodeProcess(
                            name,
                            directory.resolve(name),
                            documentFile(),
                            metrics.get(name),
                            prefix));
        }
    }

    Path arbiter() {
        return directory.resolve("arbiter");
    }

    Path documentFile() {
        return directory.resolve("nodes.yaml");
    }

    /// The documents with another `spec`, not yet read by anybody.
    void rewrite(String spec) throws IOException {
        Files.writeString(documentFile(), documents(spec));
    }

    private String documents(String spec) {
        final StringBuilder text = new StringBuilder();
        ports.forEach((name, port) -> {
            final Path own = directory.resolve(name);
            text.append(
                    """
                    apiVersion: hast.dev/v1alpha1
                    kind: HastNode
                    metadata: {name: %s}
                    spec:
                      listen: 127.0.0.1:%d
                      %s
                      arbiter: {type: file, path: %s}
                      runDirectory: %s
                      stateDirectory: %s
                      deviceDirectory: %s
                      controlSocket: %s
                      metricsListen: 127.0.0.1:%d
                    ---
                    """
                            .formatted(
                                    name,
                                    port,
                                    security(name),
                                    directory.resolve("arbiter"),
                                    own.resolve("run"),
                                    own.resolve("state"),
                                    own.resolve("dev"),
                                    own.resolve("run/control.sock"),
                                    metrics.get(name)));
        });
        text.append(
                """
                apiVersion: hast.dev/v1alpha1
                kind: HastResource
                metadata: {name: %s}
                spec:
                  size: 16Mi
                  extentSize: 64Ki
                """
                        .formatted(RESOURCE));
        spec.lines().forEach(line -> text.append("  ").append(line).append('\n'));
        text.append("  replicas:\n");
        ports.forEach((name, port) ->
                text.append(
                        "    - {node: %s, provider: %s, address: 127.0.0.1:%d}%n"
                                .formatted(name, provider(name), port)));
        return text.toString();
    }

    private String security(String name) {
        final Path pki = pki(directory);
        return controls.containsKey(name)
                ? "tls: {ca: %s, cert: %s, key: %s, crl: %s}%n  controlListen: 127.0.0.1:%d"
                        .formatted(
                                pki.resolve("ca.crt"),
                                pki.resolve(name + ".crt"),
                                pki.resolve(name + ".key"),
                                pki.resolve("crl.pem"),
                                controls.get(name))
                : "plaintext: true";
    }

    /// Where the certificates of secured nodes are.
    static Path pki(Path directory) {
        return directory.resolve("pki");
    }

    /// Where a secured node's control API listens.
    int controlPort(String node) {
        return controls.get(node);
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0)) {
            return probe.getLocalPort();
        }
    }

    Path provider(String node) {
        return directory.resolve(node + ".img");
    }

    /// Where a node listens for its peers.
    int port(String node) {
        return ports.get(node);
    }

    NodeProcess node(String name) {
        return java.util.Objects.requireNonNull(nodes.get(name));
    }

    /// Starts all, makes their replicas, and waits until the first is primary and all are in sync.
    Nodes running() throws IOException {
        for (NodeProcess node : nodes.values()) {
            node.start();
        }
        for (NodeProcess node : nodes.values()) {
            Await.until(node.name() + " answers", () -> answers(node), this::logs);
            create(node);
        }
        awaitHealthy();
        return this;
    }

    static void create(NodeProcess node) {
        node.control().create(CreateRequest.newBuilder().setName(RESOURCE).build());
    }

    /// Makes its replica, if it has none yet.
    static void createIfAbsent(NodeProcess node) throws IOException, InterruptedException {
        if (node.page("/readyz").body().contains("hastctl create")) {
            create(node);
        }
    }

    static boolean answers(NodeProcess node) {
        return status(node) != null;
    }

    /// Null while it does not answer.
    static @org.jspecify.annotations.Nullable ResourceStatus status(NodeProcess node) {
        try {
            return node.control()
                    .getStatus(StatusRequest.newBuilder().addNames(RESOURCE).build())
                    .getResources(0);
        } catch (StatusRuntimeException e) {
            return null;
        }
    }

    /// The node that serves, or nobody.
    java.util.Optional<NodeProcess> primary() {
        return nodes.values().stream()
                .filter(NodeProcess::isAlive)
                .filter(node -> {
                    final ResourceStatus status = status(node);
                    return status != null
                            && status.getState() == ResourceState.RESOURCE_STATE_SERVING;
                })
                .findFirst();
    }

    NodeProcess awaitPrimary() {
        return awaitPrimary("a node serves", () -> true);
    }

    /// Until one serves and every replica is in sync.
    NodeProcess awaitHealthy() {
        return awaitPrimary("all are in sync", () -> inSync(nodes.size()));
    }

    /// The node that served when `condition` held. It need not at the next moment: a primary waits
    /// for the first grant of a replica that has just joined.
    private NodeProcess awaitPrimary(String what, BooleanSupplier condition) {
        final var found = new AtomicReference<NodeProcess>();
        Await.until(
                what,
                () -> {
                    found.set(primary().orElse(null));
                    return found.get() != null && condition.getAsBoolean();
                },
                this::logs);
        return found.get();
    }

    boolean inSync(int replicas) {
        return primary()
                .map(Nodes::status)
                .filter(status ->
                        status.getReplicasList().stream()
                                        .filter(r ->
                                                r.getState() == ReplicaState.REPLICA_STATE_IN_SYNC)
                                        .count()
                                == replicas)
                .isPresent();
    }

    ExportClient client(NodeProcess node) throws IOException {
        final Path socket = node.exportSocket(RESOURCE);
        Await.until("the export of " + node.name(), () -> Files.exists(socket), this::logs);
        return ExportClient.connect(socket, RESOURCE);
    }

    String logs() {
        final StringBuilder all = new StringBuilder();
        nodes.values()
                .forEach(node -> {
                    final ResourceStatus status = node.isAlive() ? status(node) : null;
                    all.append(node.lastLines())
                            .append('\n')
                            .append(status == null ? "no status" : status)
                            .append('\n');
                });
        return all.toString();
    }

    @Override
    public void close() throws InterruptedException {
        for (NodeProcess node : nodes.values()) {
            node.close();
        }
    }
}
