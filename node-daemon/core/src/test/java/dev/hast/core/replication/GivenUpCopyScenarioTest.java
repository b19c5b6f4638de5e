package dev.hast.core.replication;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.replication.ReplicaSettings.OnArbiterLost;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BooleanSupplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Replicas whose copy counts for nothing, or was written in another history: never in sync by
/// inference (S7).
final class GivenUpCopyScenarioTest {

    private static final byte A = 0x55;
    private static final byte B = 0x77;

    /// A block in another extent than the first.
    private static final int LATER = 5 * SmallCluster.BLOCKS_IN_EXTENT;

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

    /// Seed 5300008904: the primary went on where it had stopped.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatAnotherPrimaryHasWrittenSinceIsComparedAgain(boolean blank) {
        final SmallCluster cluster = twoHistories(blank);
        cluster.cut("b", "c", false);
        cluster.run(3_000);
        assertThat(at(cluster, "c")).as("c has joined b").isEqualTo(B);
        cluster.cut("b", "c", true);
        cluster.cut("a", "c", false);
        cluster.run(1_000);
        assertThat(giveUp(cluster, "c")).startsWith("done");
        cluster.run(3_000);
        assertInSyncAndEqual(cluster, "a", "c");
    }

    /// Nobody has to give up anything: the replica was in neither set.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatAnotherPrimaryHasBegunToWriteIsComparedAgain(boolean blank) {
        final SmallCluster cluster = twoHistories(blank);
        cluster.cut("b", "c", false);
        cluster.hold("c", "b");
        cluster.cut("b", "c", true);
        cluster.cut("b", "c", false);
        deliverAllButOne(cluster, "c", "b");
        cluster.cut("b", "c", true);
        cluster.held.clear();
        assertThat(at(cluster, "c")).as("b has begun with c").isEqualTo(B);
        for (int turn = 0; turn < 10; turn++) {
            changeMembers(
                    cluster,
                    (replica, answer) -> replica.removeReplica("b", answer, cluster.now()));
            changeMembers(
                    cluster, (replica, answer) -> replica.addReplica("b", answer, cluster.now()));
        }
        cluster.cut("a", "c", false);
        cluster.run(3_000);
        assertInSyncAndEqual(cluster, "a", "c");
    }

    /// a has begun to bring c back, and has done the first extent; the link is cut. b leads another
    /// history, in which that extent is written, and is in a later epoch.
    private static SmallCluster twoHistories(boolean blank) {
        final SmallCluster cluster = SmallCluster.withoutArbiter("a", "b", "c").begun();
        cluster.splitByHand = true;
        cluster.node("c").die();
        cluster.run(3_000);
        cluster.node("a").write(1, 0, A);
        cluster.node("a").write(2, LATER, A);
        cluster.cut("a", "b", true);
        cluster.cut("b", "c", true);
        cluster.run(3_000);
        promote(cluster, "b");
        for (int turn = 0; turn < 6; turn++) {
            demote(cluster, "b");
            promoteOrdinarily(cluster, "b");
        }
        cluster.run(6_000);
        cluster.node("b").write(3, 0, B);
        cluster.node("b").write(4, LATER, B);
        cluster.node("b").write(5, OTHER, B);
        if (blank) {
            cluster.node("c").replaceDisk();
        }
        cluster.hold("c", "a");
        cluster.node("c").start(43);
        deliverAllButOne(cluster, "c", "a");
        cluster.cut("a", "c", true);
        cluster.held.clear();
        assertThat(at(cluster, "c")).as("a has begun with c").isEqualTo(A);
        return cluster;
    }

    /// Lets the messages of a resync through one by one, but for the last confirmation.
    private static void deliverAllButOne(SmallCluster cluster, String from, String to) {
        final List<Runnable> held = cluster.held.get(from + ">" + to);
        final MemoryDisk disk = cluster.node(from).disk;
        final MemoryDisk theirs = cluster.node(to).disk;
        for (int step = 0; step < 500; step++) {
            if (held.size() == 1
                    && IntStream.of(0, LATER, OTHER)
                            .allMatch(block ->
                                    disk.at(block * SmallCluster.BLOCK)
                                            == theirs.at(block * SmallCluster.BLOCK))) {
                return;
            }
            if (held.isEmpty()) {
                cluster.run(20);
            } else {
                held.removeFirst().run();
                cluster.settle();
            }
        }
    }

    /// c is in the set of both histories: of the one that went on without the arbiter, and of the
    /// record, where nobody has missed it yet.
    @Test
    void aMemberOfAnotherHistoryIsNotTakenForWhole() {
        final SmallCluster cluster =
                new SmallCluster(OnArbiterLost.CONTINUE, "a", "b", "c", "d").begun();
        cluster.splitByHand = true;
        cluster.withoutArbiter.add("a");
        cluster.withoutArbiter.add("c");
        cluster.cut("a", "b", true);
        cluster.cut("a", "d", true);
        cluster.cut("c", "d", true);
        cluster.hold("b", "c");
        cluster.hold("c", "b");
        runUntil(cluster, () -> cluster.register.primary() == 1);
        cluster.run(40);
        // d is missed at once, c only after a time-out.
        cluster.cut("b", "d", true);
        runUntil(cluster, () -> cluster.register.inSync().equals(ReplicaSet.of(1, 2)));
        cluster.node("a").write(1, OTHER, A);
        runUntil(cluster, () -> cluster.answers.containsKey(1L));
        assertThat(cluster.answers).as("a and c have it").containsEntry(1L, 0);
        cluster.run(600);
        assertThat(cluster.register.inSync()).isEqualTo(ReplicaSet.of(1, 2));
        cluster.cut("a", "c", true);
        cluster.withoutArbiter.remove("c");
        cluster.release("b", "c");
        cluster.release("c", "b");
        cluster.run(10_000);
        assertThat(cluster.difference()).isEmpty();
        assertThat(cluster.register.inSync()).isEqualTo(ReplicaSet.of(1));
        assertThat(cluster.node("c").disk.at(OTHER * SmallCluster.BLOCK)).isEqualTo(A);
        assertThat(cluster.node("b").replica.status(cluster.now()).peers())
                .filteredOn(peer -> peer.node().equals("c"))
                .extracting(ReplicaStatus.Peer::trouble)
                .containsExactly(ReplicaStatus.Trouble.SPLIT_BRAIN);
    }

    private static void runUntil(SmallCluster cluster, BooleanSupplier condition) {
        for (int turn = 0; turn < 500 && !condition.getAsBoolean(); turn++) {
            cluster.run(20);
        }
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

    private static void changeMembers(
            SmallCluster cluster, BiConsumer<Replica, AdminAnswer> change) {
        assertThat(cluster.order("a", change)).startsWith("done");
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

    private static void promoteOrdinarily(SmallCluster cluster, String node) {
        promote(cluster, node, false);
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
