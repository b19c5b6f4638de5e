package dev.hast.core.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.configuration.ReplicaSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// A provider that takes no metadata any more (S11), at each place of a cluster.
final class FailedProviderScenarioTest {

    @Test
    void aMemberThatCannotWriteItsMetadataLeavesThePlaceToAnother() {
        final SmallCluster cluster = SmallCluster.inSync(Set.of(), "a", "b");
        final SmallNode b = cluster.node("b");
        b.disk.metadataFails = true;
        cluster.node("a").die();
        cluster.run(20_000);
        assertThat(cluster.server()).isEmpty();
        assertThat(cluster.register.primary()).as("b has not asked").isZero();
        assertThat(b.replica.status(cluster.now()).providerFailed()).isTrue();
        cluster.node("a").start(42);
        cluster.run(5_000);
        assertThat(cluster.server()).contains("a");
        assertThat(cluster.register.inSync()).isEqualTo(ReplicaSet.of(0));
    }

    @Test
    void theNextMemberTakesOverFromOneThatCannotWriteItsMetadata() {
        final SmallCluster cluster = SmallCluster.inSync(Set.of(), "a", "b", "c");
        cluster.node("b").disk.metadataFails = true;
        cluster.node("a").die();
        cluster.run(6_000);
        assertThat(cluster.server()).contains("c");
        assertThat(cluster.register.inSync()).isEqualTo(ReplicaSet.of(2));
        assertThat(cluster.register.reigns()).as("b was never primary").hasSize(2);
    }

    @Test
    void anOrderToPromoteAMemberThatCannotWriteItsMetadataIsRefused() {
        final SmallCluster cluster = SmallCluster.inSync(Set.of(), "a", "b");
        cluster.order("a", (replica, answer) -> replica.demote(answer, cluster.now()));
        cluster.node("b").disk.metadataFails = true;
        assertThat(
                        cluster.order(
                                "b",
                                (replica, answer) -> replica.promote(false, answer, cluster.now())))
                .startsWith("refused: this replica's provider has failed");
        assertThat(
                        cluster.order(
                                "b",
                                (replica, answer) -> replica.promote(true, answer, cluster.now())))
                .startsWith("refused: this replica's provider has failed");
        assertThat(
                        cluster.order(
                                "a",
                                (replica, answer) -> replica.promote(false, answer, cluster.now())))
                .startsWith("done");
    }

    /// Seed 5300010108: while the superblocks are written to prove that they can be, a change of
    /// before the restart is learned, and its marks cannot be stored.
    @Test
    void anOrderToPromoteIsAnsweredOnceWhenTheProviderFailsBesideItsProof() {
        final SmallCluster cluster = SmallCluster.inSync(Set.of(), "a", "b", "c");
        final SmallNode b = cluster.node("b");
        cluster.node("a").write(1, 3, 0x55);
        cluster.node("c").die();
        cluster.run(1_000);
        cluster.order("a", (replica, answer) -> replica.demote(answer, cluster.now()));
        cluster.slowToArbiter.add("b");
        assertThat(
                        cluster.order(
                                "b",
                                (replica, answer) -> replica.promote(false, answer, cluster.now())))
                .isEqualTo("no answer");
        b.die();
        cluster.withoutArbiter.add("b");
        b.start(42);
        cluster.run(500);
        cluster.deliverChanges();
        b.disk.mapsFail = true;
        final List<String> answers = new ArrayList<>();
        b.replica.promote(false, (accepted, message) -> answers.add(message), cluster.now());
        b.replica.arbiterHint(cluster.register, cluster.now());
        cluster.settle();
        assertThat(b.replica.status(cluster.now()).providerFailed()).isTrue();
        assertThat(answers)
                .singleElement()
                .asString()
                .startsWith("this replica's provider has failed");
    }

    @Test
    void aReplicaWhoseProviderHasFailedStaysConnectedAndIsNotTriedAgain() {
        final SmallCluster cluster = SmallCluster.inSync(Set.of(), "a", "b");
        final SmallNode b = cluster.node("b");
        b.disk.metadataFails = true;
        cluster.order("a", (replica, answer) -> replica.addReplica("x", answer, cluster.now()));
        cluster.run(5_000);
        assertThat(cluster.register.inSync()).isEqualTo(ReplicaSet.of(0));
        cluster.cut("a", "b", true);
        cluster.run(1_000);
        cluster.cut("a", "b", false);
        assertQuietlyFailed(cluster, "a", "b");
        b.disk.metadataFails = false;
        b.die();
        b.start(42);
        cluster.run(5_000);
        assertThat(cluster.register.inSync()).isEqualTo(ReplicaSet.of(0, 1));
    }

    @Test
    void aReplicaWhoseProviderFailsWhileItIsBroughtBackIsNotTriedAgain() {
        final SmallCluster cluster = SmallCluster.inSync(Set.of(), "a", "b");
        cluster.node("b").die();
        cluster.run(1_000);
        cluster.node("a").write(1, 3, 0x55);
        cluster.node("b").disk.metadataFails = true;
        cluster.node("b").start(42);
        assertQuietlyFailed(cluster, "a", "b");
        assertThat(cluster.register.inSync()).isEqualTo(ReplicaSet.of(0));
    }

    @Test
    void aPrimaryThatHandedOverBecauseOfItsProviderStaysConnectedAndIsNotTriedAgain() {
        final SmallCluster cluster = SmallCluster.inSync(Set.of(), "a", "b");
        providerOfPrimaryFails(cluster);
        cluster.run(10_000);
        assertThat(cluster.server()).contains("b");
        assertQuietlyFailed(cluster, "b", "a");
    }

    @Test
    void whoIsHandedTheVolumeByAFailedPrimaryServesWithoutWaitingForItsGrant() {
        final SmallCluster cluster = SmallCluster.inSync(Set.of(), "a", "b");
        providerOfPrimaryFails(cluster);
        cluster.run(500);
        assertThat(cluster.server()).contains("b");
        assertThat(cluster.register.inSync()).isEqualTo(ReplicaSet.of(1));
    }

    private static void providerOfPrimaryFails(SmallCluster cluster) {
        cluster.node("a").disk.metadataFails = true;
        cluster.node("a").write(1, 3, 0x55);
    }

    /// For a minute of clients' writes the link does not break, and nothing is said.
    private static void assertQuietlyFailed(SmallCluster cluster, String primary, String failed) {
        cluster.run(1_000);
        final SmallNode node = cluster.node(primary);
        node.reports.clear();
        cluster.node(failed).reports.clear();
        for (int second = 1; second <= 60; second++) {
            node.write(100 + second, second, 0x11);
            cluster.run(1_000);
            assertThat(cluster.answers).containsEntry(100L + second, 0);
        }
        assertThat(node.reports).isEmpty();
        assertThat(cluster.node(failed).reports).isEmpty();
        final var peer = node.replica.status(cluster.now()).peers().getFirst();
        assertThat(peer.connected()).isTrue();
        assertThat(peer.trouble()).isEqualTo(ReplicaStatus.Trouble.PROVIDER_FAILED);
        assertThat(peer.lastError()).startsWith("its provider has failed");
    }
}
