package dev.hast.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.crds.v1alpha1.HastResource;
import dev.hast.crds.v1alpha1.HastResourceStatus;
import dev.hast.daemon.pki.CertificateAuthority;
import dev.hast.e2e.kubernetes.KubernetesApi;
import dev.hast.operator.daemons.Credentials;
import io.fabric8.kubernetes.api.model.Event;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The operator between a real API server and two real daemons.
final class HastOperatorIT {

    private static final Path CRDS = Path.of("").toAbsolutePath().getParent().resolve("crds");
    private static final int PATIENCE_S = 90;

    @TempDir private Path directory;

    private KubernetesApi api;
    private KubernetesClient client;
    private RunningNode one;
    private RunningNode two;
    private Optional<HastOperator> operator = Optional.empty();

    @BeforeEach
    void start() throws Exception {
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

    private void startOperator() {
        final HastOperator started = made("test");
        started.start();
        operator = Optional.of(started);
    }

    private HastOperator made(String identity) {
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

    @AfterEach
    void stop() {
        operator.ifPresent(HastOperator::close);
        one.close();
        two.close();
        client.close();
        api.close();
    }

    @Test
    void aResourceIsMadeServedAndShownAndGoneWithoutItsData() throws Exception {
        apply(resource("16Mi"));
        final HastResource made = await(status -> is(status, "Serving", "2/2"));
        final String id = made.getStatus().id();
        assertThat(id).hasSize(32);
        assertThat(made.getStatus().size()).isEqualTo("16Mi");
        assertThat(made.getStatus().primary()).isEqualTo("node-1");
        assertThat(made.getFinalizers()).containsExactly("hast.dev/operator");
        assertThat(api.kubectl("get", "hr").lines().toList().get(1))
                .matches("db +16Mi +node-1 +2/2 +Serving +\\d+s");
        assertThat(statusOwners(made)).containsExactly("hast-operator");

        two.stop();
        final HastResource degraded = await(status -> is(status, "Degraded", "1/2"));
        assertThat(degraded.getStatus().reason()).contains("node-2");
        two.start();
        await(status -> is(status, "Serving", "2/2"));

        operator.orElseThrow().close();
        one.stop();
        two.stop();
        // Both come up by the documents that they kept, with nobody to tell them.
        one.start();
        two.start();
        startOperator();
        assertThat(await(status -> is(status, "Serving", "2/2")).getStatus().id()).isEqualTo(id);
        assertThat(reasons()).contains("Serving", "Degraded").doesNotContain("NotDone");

        client.resources(HastResource.class).withName("db").delete();
        client.resources(HastResource.class)
                .withName("db")
                .waitUntilCondition(java.util.Objects::isNull, PATIENCE_S, TimeUnit.SECONDS);
        assertThat(one.provider("db")).exists();

        // Whoever makes it again gets the same volume.
        apply(resource("16Mi"));
        assertThat(await(status -> is(status, "Serving", "2/2")).getStatus().id()).isEqualTo(id);
    }

    @Test
    void nothingIsMadeWhileADaemonIsSilent() throws Exception {
        two.stop();
        apply(resource("16Mi"));
        final HastResource waiting =
                await(status ->
                        "Pending".equals(status.state())
                                && String.valueOf(status.reason()).contains("node-2"));
        assertThat(waiting.getStatus().reason()).isEqualTo("waits for the daemons of node-2");
        assertThat(one.provider("db")).doesNotExist();
        two.start();
        await(status -> is(status, "Serving", "2/2"));
    }

    @Test
    void ofTwoOneActsAndTheOtherTakesOver() throws Exception {
        apply(resource("16Mi"));
        await(status -> is(status, "Serving", "2/2"));
        try (HastOperator other = made("other")) {
            final Thread start = Thread.ofVirtual().start(other::start);
            assertThat(other.isLeading()).isFalse();
            operator.orElseThrow().close();
            two.stop();
            await(status -> is(status, "Degraded", "1/2"));
            assertThat(other.isLeading()).isTrue();
            start.join();
        }
    }

    @Test
    void aResourceOnANodeThatIsNotThereSaysSo() throws Exception {
        apply(
                """
                apiVersion: hast.dev/v1alpha1
                kind: HastResource
                metadata: {name: db}
                spec:
                  replicas: [{node: node-1, provider: /a}, {node: node-9, provider: /a}]
                """);
        await(status -> String.valueOf(status.reason()).contains("there is no node node-9"));
    }

    private String resource(String size) {
        return """
        apiVersion: hast.dev/v1alpha1
        kind: HastResource
        metadata: {name: db}
        spec:
          size: %s
          extentSize: 64Ki
          replication: {grantDuration: 1s, timeout: 500ms}
          replicas:
            - {node: node-1, provider: %s, address: "127.0.0.1:%d"}
            - {node: node-2, provider: %s, address: "127.0.0.1:%d"}
        """
                .formatted(size, one.provider("db"), one.port, two.provider("db"), two.port);
    }

    private static boolean is(HastResourceStatus status, String state, String inSync) {
        return state.equals(status.state()) && inSync.equals(status.inSyncOf());
    }

    private HastResource await(Predicate<HastResourceStatus> wanted) {
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

    private List<String> reasons() {
        return client.v1().events().inNamespace("default").list().getItems().stream()
                .filter(event -> event.getInvolvedObject().getName().equals("db"))
                .map(Event::getReason)
                .distinct()
                .toList();
    }

    private static List<String> statusOwners(HastResource resource) {
        return resource.getMetadata().getManagedFields().stream()
                .filter(entry -> "status".equals(entry.getSubresource()))
                .map(entry -> entry.getManager())
                .toList();
    }

    private void apply(String object) throws IOException, InterruptedException {
        final var said =
                api.kubectlAs(KubernetesApi.ADMIN, object, "apply", "--server-side", "-f", "-");
        assertThat(said.status()).as(said.output()).isZero();
    }
}
