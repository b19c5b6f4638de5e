package dev.hast.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.crds.v1alpha1.HastResource;
import dev.hast.crds.v1alpha1.HastResourceStatus;
import dev.hast.daemon.pki.CertificateAuthority;
import dev.hast.e2e.kubernetes.KubernetesApi;
import dev.hast.operator.daemons.Credentials;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/// A real API server with our definitions, two nodes with real daemons, and the operator between
/// them.
final class OperatorCluster implements AutoCloseable {

    static final int PATIENCE_S = 90;

    private static final Path CRDS = Path.of("").toAbsolutePath().getParent().resolve("crds");

    final KubernetesApi api;
    final KubernetesClient client;
    final RunningNode one;
    final RunningNode two;
    private final Path directory;
    private Optional<HastOperator> operator = Optional.empty();

    OperatorCluster(Path directory) throws Exception {
        this.directory = directory;
        api = KubernetesApi.start(Files.createDirectories(directory.resolve("api")));
        client =
                new KubernetesClientBuilder()
                        .withConfig(
                                Config.fromKubeconfig(
                                        Files.readString(api.kubeconfig(KubernetesApi.ADMIN))))
                        .build();
        for (var kind : List.of("hastresources", "virtualips", "hastpools")) {
            api.kubectl(
                    "apply",
                    "--server-side",
                    "-f",
                    CRDS.resolve(kind + ".hast.dev.yaml").toString());
        }
        api.kubectl(
                "wait",
                "--for=condition=Established",
                "--timeout=60s",
                "crd/hastresources.hast.dev",
                "crd/virtualips.hast.dev");
        api.kubectl("create", "namespace", "hast-system");
        final CertificateAuthority authority =
                CertificateAuthority.create(
                        directory.resolve("pki"), "test", InstantSource.system());
        authority.issue("admin", List.of(), Duration.ofDays(1));
        one = new RunningNode(directory, "node-1", authority);
        two = new RunningNode(directory, "node-2", authority);
        for (var node : List.of(one, two)) {
            node.start();
            apply(
                    """
                    apiVersion: v1
                    kind: Node
                    metadata:
                      name: %s
                      annotations: {hast.dev/control: "127.0.0.1:%d"}
                    """
                            .formatted(node.name, node.control));
            final var said =
                    api.kubectlAs(
                            KubernetesApi.ADMIN,
                            """
                            apiVersion: v1
                            kind: Node
                            metadata: {name: %s}
                            status: {addresses: [{type: InternalIP, address: 127.0.0.1}]}
                            """
                                    .formatted(node.name),
                            "apply",
                            "--server-side",
                            "--subresource=status",
                            "-f",
                            "-");
            assertThat(said.status()).as(said.output()).isZero();
        }
        startOperator();
    }

    void startOperator() {
        final HastOperator started = made("test");
        started.start();
        operator = Optional.of(started);
    }

    HastOperator made(String identity) {
        return new HastOperator(
                client,
                new Credentials(
                        directory.resolve("pki/ca.crt"),
                        directory.resolve("pki/admin.crt"),
                        directory.resolve("pki/admin.key")),
                "hast-system",
                identity,
                false);
    }

    void stopOperator() {
        operator.ifPresent(HastOperator::close);
        operator = Optional.empty();
    }

    @Override
    public void close() {
        stopOperator();
        one.close();
        two.close();
        client.close();
        api.close();
    }

    /// A volume `db` with a replica on each node.
    String resource(String size) {
        return """
        apiVersion: hast.dev/v1alpha1
        kind: HastResource
        metadata: {name: db}
        spec:
          size: %s
          extentSize: 64Ki
          replicas:
            - {node: node-1, provider: %s, address: "127.0.0.1:%d"}
            - {node: node-2, provider: %s, address: "127.0.0.1:%d"}
        """
                .formatted(size, one.provider("db"), one.port, two.provider("db"), two.port);
    }

    static boolean is(HastResourceStatus status, String state, String inSync) {
        return state.equals(status.state()) && inSync.equals(status.inSyncOf());
    }

    HastResource await(Predicate<HastResourceStatus> wanted) {
        return client.resources(HastResource.class)
                .withName("db")
                .waitUntilCondition(
                        seen ->
                                seen != null
                                        && seen.getStatus() != null
                                        && wanted.test(seen.getStatus()),
                        PATIENCE_S,
                        TimeUnit.SECONDS);
    }

    void apply(String object) throws IOException, InterruptedException {
        final var said =
                api.kubectlAs(KubernetesApi.ADMIN, object, "apply", "--server-side", "-f", "-");
        assertThat(said.status()).as(said.output()).isZero();
    }
}
