package dev.hast.daemon.document;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.document.DocumentChanges.Added;
import dev.hast.daemon.document.DocumentChanges.Changed;
import dev.hast.daemon.document.DocumentChanges.Removed;
import dev.hast.daemon.document.FieldChange.Effect;
import dev.hast.daemon.document.LoadOutcome.Loaded;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DocumentChangesTest {

    private static final String NODE =
            """
            ---
            apiVersion: hast.dev/v1alpha1
            kind: HastNode
            metadata: {name: a}
            spec:
              plaintext: true
              arbiter: {type: etcd, endpoints: ["http://10.0.0.9:2379"]}
            """;

    private static final String RESOURCE =
            """
            apiVersion: hast.dev/v1alpha1
            kind: HastResource
            metadata: {name: r}
            spec:
              size: 1Gi
              replicas:
                - {node: a, provider: /dev/a, address: 10.0.0.1}
                - {node: b, provider: /dev/b, address: 10.0.0.2}
              replication: {mode: fullsync}
            """
                    + NODE;

    @Test
    void sameDocumentsDifferInNothing() {
        var changes =
                DocumentChanges.between(set(RESOURCE), set(RESOURCE + "\n# a comment\n"), "a");
        assertThat(changes.isEmpty()).isTrue();
        assertThat(changes.isForbidden()).isFalse();
    }

    @Test
    void resourceOfAnotherNodeIsNoneOfOurBusiness() {
        assertThat(DocumentChanges.between(set(NODE), set(RESOURCE), "c").resources()).isEmpty();
    }

    @Test
    void resourceIsAddedAndRemoved() {
        assertThat(DocumentChanges.between(set(NODE), set(RESOURCE), "a").resources())
                .singleElement()
                .isInstanceOf(Added.class);
        assertThat(DocumentChanges.between(set(RESOURCE), set(NODE), "a").resources())
                .singleElement()
                .isInstanceOf(Removed.class);
    }

    @Test
    void replicaThatMovesAwayRemovesTheResourceFromThisNode() {
        var after = set(RESOURCE.replace("node: a, provider", "node: c, provider"));
        assertThat(DocumentChanges.between(set(RESOURCE), after, "a").resources())
                .singleElement()
                .isInstanceOf(Removed.class);
        assertThat(DocumentChanges.between(set(RESOURCE), after, "c").resources())
                .singleElement()
                .isInstanceOf(Added.class);
    }

    @Test
    void settingsOfReplicationChangeLive() {
        var changed = changed(RESOURCE.replace("mode: fullsync", "mode: async, checksum: none"));
        assertThat(changed.effect()).isEqualTo(Effect.LIVE);
        assertThat(changed.fields())
                .extracting(FieldChange::text)
                .containsExactly(
                        "replication.mode: fullsync -> async (live)",
                        "replication.checksum: crc32c -> none (live)");
    }

    @Test
    void peersAddressAndItsReplicaChangeLive() {
        var moved = changed(RESOURCE.replace("10.0.0.2", "10.0.0.3"));
        assertThat(moved.effect()).isEqualTo(Effect.LIVE);
        var third =
                changed(
                        RESOURCE.replace(
                                "  replication:",
                                "    - {node: c, provider: /dev/c, address: 10.0.0.3}\n  replication:"));
        assertThat(third.fields())
                .extracting(FieldChange::text)
                .containsExactly("replicas[c]: - -> /dev/c (live)");
        assertThat(third.effect()).isEqualTo(Effect.LIVE);
    }

    @Test
    void ownProviderNeedsARestartAndAPeersDoesNot() {
        assertThat(changed(RESOURCE.replace("/dev/a", "/dev/x")).effect())
                .isEqualTo(Effect.RESTART);
        assertThat(changed(RESOURCE.replace("/dev/b", "/dev/x")).effect()).isEqualTo(Effect.LIVE);
    }

    @Test
    void grantDurationNeedsARestart() {
        assertThat(changed(RESOURCE.replace("mode: fullsync", "grantDuration: 5s")).effect())
                .isEqualTo(Effect.RESTART);
    }

    @Test
    void volumeMayGrowAndNeverShrink() {
        assertThat(changed(RESOURCE.replace("1Gi", "2Gi")).effect()).isEqualTo(Effect.LIVE);
        var shrunk =
                DocumentChanges.between(set(RESOURCE), set(RESOURCE.replace("1Gi", "512Mi")), "a");
        assertThat(shrunk.forbidden())
                .containsExactly(
                        "HastResource r: size: 1Gi -> 512Mi (refused: a volume can't shrink: its end may hold"
                                + " data; make a smaller one and copy)");
        assertThat(
                        DocumentChanges.between(
                                        set(RESOURCE),
                                        set(RESOURCE.replace("  size: 1Gi\n", "")),
                                        "a")
                                .isEmpty())
                .isTrue();
    }

    @Test
    void whatLiesOnTheProviderMayNotChange() {
        var after =
                RESOURCE.replace("  size:", "  extentSize: 4Mi\n  activityLogExtents: 64\n  size:");
        var changed = changed(after);
        assertThat(changed.effect()).isEqualTo(Effect.FORBIDDEN);
        assertThat(changed.fields())
                .extracting(FieldChange::path)
                .containsExactly("extentSize", "activityLogExtents");
    }

    @Test
    void otherRegisterIsForbiddenAndOtherEndpointsOfItAreNot() {
        var endpoints =
                DocumentChanges.between(
                        set(RESOURCE), set(RESOURCE.replace("10.0.0.9", "10.0.0.8")), "a");
        assertThat(endpoints.node())
                .extracting(FieldChange::effect)
                .containsExactly(Effect.RESTART);
        assertThat(endpoints.isForbidden()).isFalse();

        var other =
                DocumentChanges.between(
                        set(RESOURCE),
                        set(RESOURCE.replace("type: etcd,", "type: etcd, prefix: /x/,")),
                        "a");
        assertThat(other.isForbidden()).isTrue();
        assertThat(other.forbidden())
                .singleElement()
                .asString()
                .contains("etcd /hast/ -> etcd /x/");
    }

    @Test
    void ownDocumentMayNotVanish() {
        var without = set(RESOURCE.substring(0, RESOURCE.indexOf("---")));
        assertThat(DocumentChanges.between(set(RESOURCE), without, "a").isForbidden()).isTrue();
    }

    private static Changed changed(String after) {
        var changes = DocumentChanges.between(set(RESOURCE), set(after), "a").resources();
        assertThat(changes).hasSize(1).first().isInstanceOf(Changed.class);
        return (Changed) changes.getFirst();
    }

    private static DocumentSet set(String text) {
        var outcome = Documents.parse(Map.of("test.yaml", text));
        assertThat(outcome).isInstanceOf(Loaded.class);
        return ((Loaded) outcome).documents();
    }
}
