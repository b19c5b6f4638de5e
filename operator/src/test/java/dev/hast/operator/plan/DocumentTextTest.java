package dev.hast.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.crds.v1alpha1.HastResourceSpec;
import dev.hast.daemon.document.DocumentSet;
import dev.hast.daemon.document.Documents;
import dev.hast.daemon.document.LoadOutcome;
import dev.hast.operator.plan.DocumentText.Impossible;
import dev.hast.operator.plan.DocumentText.Text;
import dev.hast.operator.plan.Wanted.Volume;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class DocumentTextTest {

    private static final Map<String, String> ADDRESSES =
            Map.of("node-1", "192.0.2.1", "node-2", "2001:db8::2");

    @Test
    void aDaemonReadsWhatTheObjectSays() {
        final Text text =
                (Text)
                        of(
                                """
                                size: 1Gi
                                replicas:
                                  - {node: node-1, provider: /a}
                                  - {node: node-2, provider: /b, source: 10.0.0.2}
                                primary: node-2
                                replication: {mode: memsync, timeout: 1s, grantDuration: 4s, checksum: sha256, compression: lz4}
                                extentSize: 1Mi
                                activityLogExtents: 64
                                onArbiterLost: fail
                                resync: {maxRate: 20Mi, minRate: 2Mi}
                                reclaimPolicy: Delete
                                """);
        final LoadOutcome outcome = Documents.parse(Map.of("it", text.text()));
        assertThat(outcome).isInstanceOf(LoadOutcome.Loaded.class);
        final DocumentSet read = ((LoadOutcome.Loaded) outcome).documents();
        final var byHand =
                (LoadOutcome.Loaded)
                        Documents.parse(
                                Map.of(
                                        "it",
                                        """
                                        apiVersion: hast.dev/v1alpha1
                                        kind: HastResource
                                        metadata: {name: db}
                                        spec:
                                          size: 1Gi
                                          replicas:
                                            - {node: node-1, provider: /a, address: "192.0.2.1:8457"}
                                            - {node: node-2, provider: /b, address: "[2001:db8::2]:8457", source: 10.0.0.2}
                                          primary: node-2
                                          replication: {mode: memsync, timeout: 1s, grantDuration: 4s, checksum: sha256, compression: lz4}
                                          extentSize: 1Mi
                                          activityLogExtents: 64
                                          onArbiterLost: fail
                                          resync: {maxRate: 20Mi, minRate: 2Mi}
                                        """));
        assertThat(read).isEqualTo(byHand.documents());
    }

    @Test
    void aReplicaOnANodeThatIsNotThereMakesNoDocument() {
        assertThat(of("replicas: [{node: node-9, provider: /a}]"))
                .isEqualTo(
                        new Impossible(
                                "NodeMissing",
                                "there is no node node-9 with an address; correct spec.replicas, or add the node"));
    }

    @Test
    void whatHasToBePlacedMakesNoDocument() {
        assertThat(of("replicaCount: 2\npool: disks\nsize: 1Gi")).isInstanceOf(Impossible.class);
        assertThat(of("replicas: [{node: node-1, pool: disks}]")).isInstanceOf(Impossible.class);
    }

    @ParameterizedTest
    @CsvSource({"4096,4096", "1Ki,1024", "1.5Gi,1610612736", "10M,10000000", "2k,2000"})
    void sizesAreReadAsTheDaemonReadsThem(String text, long bytes) {
        assertThat(ByteText.parse(text)).isEqualTo(bytes);
        assertThat(ByteText.parse(ByteText.of(bytes))).isEqualTo(bytes);
    }

    private static DocumentText.Composed of(String spec) {
        final HastResourceSpec read = Serialization.unmarshal(spec, HastResourceSpec.class);
        return DocumentText.of(new Volume("db", 1, read, Optional.empty(), false), ADDRESSES);
    }
}
