package dev.hast.core.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

/// Replicas whose copy counts for nothing, or was written in another history: never in sync by
/// inference (S7).
final class GivenUpCopyScenarioTest {

    private static final byte A = 0x55;
    private static final byte B = 0x77;

    /// A block that only b writes.
    private static final int OTHER = 9 * SmallCluster.BLOCKS_IN_EXTENT;

    /// Seed 5300017615: what the replica was told just before came to its disk just behind.
    @Test
    void aCopyStaysGivenUpThoughAConfigurationIsToldMeanwhile() {
        final SmallCluster cluster = SmallCluster.withoutArbiter("a", "b", "c").begun();
        cluster.splitByHand = true;
        cluster.node("a").write(1, 0, A);
        cluster.cut("a", "b", true);
        cluster.cut("b", "c", true);
        cluster.run(3_000);
        // It has missed b alone: it counts on c's copy.
        cluster.node("a").die();
        promote(cluster, "b");
        // The grant that it gave to a runs out.
        cluster.run(6_000);
        cluster.node("b").write(2, OTHER, B);
        cluster.cut("b", "c", false);
        cluster.run(1_000);
        assertThat(giveUp(cluster, "c")).startsWith("done");
        cluster.run(3_000);
        assertThat(cluster.node("c").disk.at(OTHER * SmallCluster.BLOCK)).isEqualTo(B);
        cluster.node("a").start(42);
        cluster.run(100);
        cluster.node("a").die();
        assertThat(cluster.node("c").replica.status(cluster.now()).needsPerson()).isNotNull();
        cluster.hold("b", "c");
        cluster.node("b").replica.demote((done, text) -> {}, cluster.now());
        cluster.settle();
        final StringBuilder answer = new StringBuilder();
        cluster.node("c").replica.discardData((done, text) -> answer.append(done), cluster.now());
        cluster.release("b", "c");
        assertThat(answer).hasToString("true");
        cluster.cut("b", "c", true);
        cluster.node("a").start(42);
        cluster.run(8_000);
        assertInSyncAndEqual(cluster, "a", "c");
    }

    /// It greets before it knows that the set counts on it.
    @Test
    void aReplicaWhoseDiskWasReplacedIsNotWholeWhenANewReignHasSettled() {
        final SmallCluster cluster = SmallCluster.inSync(Set.of(), "a", "b");
        // More than the activity log holds: settling compares the last ones.
        for (int extent = 0; extent < 16; extent++) {
            cluster.node("a").write(1 + extent, extent * SmallCluster.BLOCKS_IN_EXTENT, A);
            cluster.run(20);
        }
        cluster.node("b").die();
        cluster.node("a").die();
        cluster.node("b").replaceDisk();
        cluster.withoutArbiter.add("b");
        cluster.node("b").start(43);
        cluster.node("a").start(42);
        cluster.run(10_000);
        assertThat(cluster.server()).contains("a");
        assertThat(at(cluster, "b")).isEqualTo(A);
        assertThat(cluster.difference()).isEmpty();
    }

    @Test
    void aPrimaryWithoutMemoryTakesNothingFromAReplacedDisk() {
        final SmallCluster cluster = SmallCluster.withoutArbiter("a", "b").begun();
        cluster.node("a").write(1, 0, A);
        cluster.node("b").die();
        cluster.node("a").die();
        cluster.node("b").replaceDisk();
        cluster.node("b").start(43);
        cluster.node("a").start(44);
        cluster.run(30_000);
        assertThat(cluster.server()).contains("a");
        assertThat(at(cluster, "a")).isEqualTo(A);
        assertThat(at(cluster, "b")).isEqualTo(A);
    }

    private static void assertInSyncAndEqual(SmallCluster cluster, String one, String other) {
        assertThat(cluster.node(other).replica.status(cluster.now()).inSync()).isTrue();
        assertThat(cluster.node(other).replica.status(cluster.now()).configuration())
                .isEqualTo(cluster.node(one).replica.status(cluster.now()).configuration());
        assertThat(cluster.node(other).disk.mismatch(cluster.node(one).disk))
                .as("the first byte that differs")
                .isNegative();
    }

    private static byte at(SmallCluster cluster, String node) {
        return cluster.node(node).disk.at(0);
    }

    private static String giveUp(SmallCluster cluster, String node) {
        return cluster.order(node, (replica, answer) -> replica.discardData(answer, cluster.now()));
    }

    private static void promote(SmallCluster cluster, String node) {
        promote(cluster, node, true);
    }

    private static void promote(SmallCluster cluster, String node, boolean force) {
        assertThat(
                        cluster.order(
                                node,
                                (replica, answer) -> replica.promote(force, answer, cluster.now())))
                .startsWith("done");
    }

    private static void demote(SmallCluster cluster, String node) {
        assertThat(cluster.order(node, (replica, answer) -> replica.demote(answer, cluster.now())))
                .startsWith("done");
    }
}
