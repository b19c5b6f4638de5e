package dev.hast.core.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Set;
import org.junit.jupiter.api.Test;

/// Replicas whose copy counts for nothing: never in sync by inference (S7).
final class GivenUpCopyScenarioTest {

    private static final byte A = 0x55;

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

    private static byte at(SmallCluster cluster, String node) {
        return cluster.node(node).disk.at(0);
    }
}
