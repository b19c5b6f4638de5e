package dev.hast.operator.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.Pod;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The Kubernetes half of failover on a real API server: pods and attachments are objects, the
/// volume and its failover are real.
final class EvictorIT {

    @TempDir private Path directory;

    private OperatorCluster cluster;

    @BeforeEach
    void aVolumeIsServedAndAttached() throws Exception {
        cluster = new OperatorCluster(directory);
        cluster.apply(cluster.resource("16Mi"));
        cluster.await(status -> OperatorCluster.is(status, "Serving", "2/2"));
        cluster.apply(
                """
                apiVersion: v1
                kind: ServiceAccount
                metadata: {name: default, namespace: default}
                ---
                apiVersion: v1
                kind: PersistentVolume
                metadata: {name: pv-db}
                spec:
                  capacity: {storage: 16Mi}
                  accessModes: [ReadWriteOnce]
                  claimRef: {namespace: default, name: db}
                  csi: {driver: csi.hast.dev, volumeHandle: db}
                ---
                apiVersion: v1
                kind: PersistentVolumeClaim
                metadata: {name: db, namespace: default}
                spec:
                  accessModes: [ReadWriteOnce]
                  resources: {requests: {storage: 16Mi}}
                  storageClassName: ""
                  volumeName: pv-db
                ---
                apiVersion: storage.k8s.io/v1
                kind: VolumeAttachment
                metadata: {name: csi-db-node-1}
                spec: {attacher: csi.hast.dev, nodeName: node-1, source: {persistentVolumeName: pv-db}}
                """);
        final var said =
                cluster.api.kubectl(
                        "patch",
                        "volumeattachment",
                        "csi-db-node-1",
                        "--subresource=status",
                        "--type=merge",
                        "-p",
                        "{\"status\":{\"attached\":true}}");
        assertThat(said).contains("patched");
    }

    @AfterEach
    void stop() {
        cluster.close();
    }

    /// @param more volumes of the pod, in YAML of one line each
    private void pod(final String name, final String annotations, final String more)
            throws Exception {
        cluster.apply(
                """
                apiVersion: v1
                kind: Pod
                metadata: {name: %s, namespace: default, annotations: %s}
                spec:
                  nodeName: node-1
                  containers: [{name: c, image: none}]
                  volumes:
                    - {name: data, persistentVolumeClaim: {claimName: db}}
                    - {name: scratch, emptyDir: {}}
                    %s
                """
                        .formatted(name, annotations, more));
    }

    private Pod awaitGone(final String name) {
        return cluster.client
                .pods()
                .inNamespace("default")
                .withName(name)
                .waitUntilCondition(Objects::isNull, OperatorCluster.PATIENCE_S, TimeUnit.SECONDS);
    }

    private List<Event> events(final String about) {
        return cluster.client.v1().events().inNamespace("default").list().getItems().stream()
                .filter(event -> event.getInvolvedObject().getName().equals(about))
                .toList();
    }

    @Test
    void thePodAndTheAttachmentGoWhenAnotherNodeServesTheVolumeAndNotBefore() throws Exception {
        pod("writer", "{}", "");
        cluster.two.stop();
        cluster.await(status -> OperatorCluster.is(status, "Degraded", "1/2"));
        assertThat(cluster.client.pods().inNamespace("default").withName("writer").get())
                .as("its own node serves")
                .isNotNull();
        cluster.two.start();
        cluster.await(status -> OperatorCluster.is(status, "Serving", "2/2"));

        cluster.one.stop();
        assertThat(awaitGone("writer")).isNull();
        assertThat(
                        cluster.client
                                .storage()
                                .v1()
                                .volumeAttachments()
                                .withName("csi-db-node-1")
                                .waitUntilCondition(
                                        Objects::isNull,
                                        OperatorCluster.PATIENCE_S,
                                        TimeUnit.SECONDS))
                .isNull();
        assertThat(events("writer")).extracting(Event::getReason).contains("VolumeMoved");
        assertThat(events("db")).extracting(Event::getReason).contains("PodDeleted");
    }

    @Test
    void aPodThatMayWriteElsewhereOrIsAnnotatedStaysAndAnEventSaysWhy() throws Exception {
        pod("files", "{}", "- {name: share, nfs: {server: 192.0.2.1, path: /}}");
        pod("left", "{hast.dev/failover: \"false\"}", "");
        pod("writer", "{}", "- {name: node, hostPath: {path: /var/log}}");
        cluster.await(status -> OperatorCluster.is(status, "Serving", "2/2"));
        cluster.one.stop();
        assertThat(awaitGone("writer")).isNull();
        for (final String name : List.of("files", "left")) {
            assertThat(cluster.client.pods().inNamespace("default").withName(name).get())
                    .isNotNull();
            assertThat(events(name))
                    .singleElement()
                    .satisfies(event -> assertThat(event.getReason()).isEqualTo("PodLeft"))
                    .satisfies(event ->
                            assertThat(event.getMessage())
                                    .contains(
                                            "db is served on node-2 now, not on node-1 any more"));
        }
        assertThat(events("files").getFirst().getMessage()).contains("volume share");
        assertThat(
                        cluster.client
                                .storage()
                                .v1()
                                .volumeAttachments()
                                .withName("csi-db-node-1")
                                .get())
                .as("somebody still uses it")
                .isNotNull();
    }
}
