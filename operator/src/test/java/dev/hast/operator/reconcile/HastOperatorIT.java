package dev.hast.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.crds.v1alpha1.HastResource;
import io.fabric8.kubernetes.api.model.Event;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The operator between a real API server and two real daemons.
final class HastOperatorIT {

    @TempDir private Path directory;

    private OperatorCluster cluster;

    @BeforeEach
    void start() throws Exception {
        cluster = new OperatorCluster(directory);
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    @Test
    void aResourceIsMadeServedAndShownAndGoneWithoutItsData() throws Exception {
        cluster.apply(cluster.resource("16Mi"));
        final HastResource made =
                cluster.await(status -> OperatorCluster.is(status, "Serving", "2/2"));
        final String id = made.getStatus().id();
        assertThat(id).hasSize(32);
        assertThat(made.getStatus().size()).isEqualTo("16Mi");
        assertThat(made.getStatus().primary()).isEqualTo("node-1");
        assertThat(made.getFinalizers()).containsExactly("hast.dev/operator");
        assertThat(cluster.api.kubectl("get", "hr").lines().toList().get(1))
                .matches("db +16Mi +node-1 +2/2 +Serving +\\d+s");
        assertThat(statusOwners(made)).containsExactly("hast-operator");

        cluster.two.stop();
        final HastResource degraded =
                cluster.await(status -> OperatorCluster.is(status, "Degraded", "1/2"));
        assertThat(degraded.getStatus().reason()).contains("node-2");
        cluster.two.start();
        cluster.await(status -> OperatorCluster.is(status, "Serving", "2/2"));

        cluster.stopOperator();
        cluster.one.stop();
        cluster.two.stop();
        // Both come up by the documents that they kept, with nobody to tell them.
        cluster.one.start();
        cluster.two.start();
        cluster.startOperator();
        assertThat(
                        cluster.await(status -> OperatorCluster.is(status, "Serving", "2/2"))
                                .getStatus()
                                .id())
                .isEqualTo(id);
        assertThat(reasons()).contains("Serving", "Degraded").doesNotContain("NotDone");

        cluster.client.resources(HastResource.class).withName("db").delete();
        cluster.client
                .resources(HastResource.class)
                .withName("db")
                .waitUntilCondition(
                        java.util.Objects::isNull, OperatorCluster.PATIENCE_S, TimeUnit.SECONDS);
        assertThat(cluster.one.provider("db")).exists();

        // Whoever makes it again gets the same volume.
        cluster.apply(cluster.resource("16Mi"));
        assertThat(
                        cluster.await(status -> OperatorCluster.is(status, "Serving", "2/2"))
                                .getStatus()
                                .id())
                .isEqualTo(id);
    }

    @Test
    void nothingIsMadeWhileADaemonIsSilent() throws Exception {
        cluster.two.stop();
        cluster.apply(cluster.resource("16Mi"));
        final HastResource waiting =
                cluster.await(status ->
                        "Pending".equals(status.state())
                                && String.valueOf(status.reason()).contains("node-2"));
        assertThat(waiting.getStatus().reason()).isEqualTo("waits for the daemons of node-2");
        assertThat(cluster.one.provider("db")).doesNotExist();
        cluster.two.start();
        cluster.await(status -> OperatorCluster.is(status, "Serving", "2/2"));
    }

    @Test
    void ofTwoOneActsAndTheOtherTakesOver() throws Exception {
        cluster.apply(cluster.resource("16Mi"));
        cluster.await(status -> OperatorCluster.is(status, "Serving", "2/2"));
        try (HastOperator other = cluster.made("other")) {
            final Thread start = Thread.ofVirtual().start(other::start);
            assertThat(other.isLeading()).isFalse();
            cluster.stopOperator();
            cluster.two.stop();
            cluster.await(status -> OperatorCluster.is(status, "Degraded", "1/2"));
            assertThat(other.isLeading()).isTrue();
            start.join();
        }
    }

    @Test
    void aResourceOnANodeThatIsNotThereSaysSo() throws Exception {
        cluster.apply(
                """
                apiVersion: hast.dev/v1alpha1
                kind: HastResource
                metadata: {name: db}
                spec:
                  replicas: [{node: node-1, provider: /a}, {node: node-9, provider: /a}]
                """);
        cluster.await(
                status -> String.valueOf(status.reason()).contains("there is no node node-9"));
    }

    private List<String> reasons() {
        return cluster.client.v1().events().inNamespace("default").list().getItems().stream()
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
}
