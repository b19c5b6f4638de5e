package dev.hast.core.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Deliberate faults that random seeds hardly ever meet, each in a scenario that is made for it:
/// the rule is seen broken with the fault, and holds without.
///
/// Two rules are covered by another one too; their scenario takes that one away as well, and shows
/// that it holds with that one alone.
final class DeliberateFaultTest {

    /// Blocks of different extents.
    private static final int X = 2 * SmallCluster.BLOCKS_IN_EXTENT;

    private static final int Y = 5 * SmallCluster.BLOCKS_IN_EXTENT;

    private interface Scenario {
        /// Throws, or leaves two members of the in-sync set different, when the rule is broken.
        void play(SmallCluster cluster);
    }

    private static final String[] TWO = {"a", "b"};
    private static final String[] THREE = {"a", "b", "c"};

    private record Shown(String[] nodes, Set<Bug> alsoWithout, Scenario scenario) {
        Shown(String[] nodes, Scenario scenario) {
            this(nodes, Set.of(), scenario);
        }
    }

    private static final Map<Bug, Shown> SCENARIOS =
            Map.ofEntries(
                    Map.entry(
                            Bug.ACT_UNDER_PROMISE,
                            new Shown(TWO, DeliberateFaultTest::lateChangeOfARestartedNode)),
                    Map.entry(
                            Bug.RESTART_FORGETS_PROMISE,
                            new Shown(TWO, DeliberateFaultTest::restartAfterAGrant)),
                    Map.entry(
                            Bug.GRANT_COUNTS_FROM_ARRIVAL,
                            new Shown(TWO, DeliberateFaultTest::grantThatTravelsLong)),
                    Map.entry(
                            Bug.CANDIDATE_GRANTS,
                            new Shown(
                                    TWO,
                                    Set.of(Bug.ACT_UNDER_PROMISE),
                                    DeliberateFaultTest::primaryComesBackToACandidate)),
                    Map.entry(
                            Bug.RESTART_FORGETS_RECENT,
                            new Shown(TWO, DeliberateFaultTest::onlyTheRestartedHasAWrite)),
                    Map.entry(
                            Bug.REIGN_GOES_ON,
                            new Shown(TWO, DeliberateFaultTest::lateChangeOfARestartedPrimary)),
                    Map.entry(
                            Bug.CLEAR_DIRTY_TOO_SOON,
                            new Shown(TWO, DeliberateFaultTest::primaryDiesDuringAResync)),
                    Map.entry(
                            Bug.NO_FENCE,
                            new Shown(THREE, DeliberateFaultTest::writeOfAnOldPrimaryArrivesLate)),
                    Map.entry(
                            Bug.DIRTY_MAPS_ON_PRIMARY_ONLY,
                            new Shown(
                                    THREE,
                                    DeliberateFaultTest::absentIsBroughtBackByAnotherPrimary)),
                    Map.entry(
                            Bug.FORGET_WRITES_IN_FLIGHT,
                            new Shown(THREE, DeliberateFaultTest::writeReachesOneOfTwo)),
                    Map.entry(
                            Bug.WATERMARK_TOO_HIGH,
                            new Shown(THREE, DeliberateFaultTest::writeReachesOneOfTwo)),
                    Map.entry(
                            Bug.SETTLE_WITHOUT_FLUSH,
                            new Shown(
                                    THREE,
                                    Set.of(Bug.LOG_WITHOUT_FLUSH),
                                    DeliberateFaultTest::whatWasSettledIsLostWithPower)));

    static Stream<Bug> shown() {
        return SCENARIOS.keySet().stream().sorted();
    }

    @Test
    void everyFaultThatNoSeedShowsHasAScenario() {
        final EnumSet<Bug> byScenario = EnumSet.allOf(Bug.class);
        byScenario.removeIf(bug -> bug.shown() != Bug.Shown.BY_SCENARIO);
        assertThat(SCENARIOS.keySet()).isEqualTo(byScenario);
    }

    @ParameterizedTest
    @MethodSource("shown")
    void faultBreaksARuleInItsScenario(Bug bug) {
        final EnumSet<Bug> bugs = EnumSet.of(bug);
        bugs.addAll(SCENARIOS.get(bug).alsoWithout());
        assertThat(broken(bug, bugs))
                .as("what %s breaks", bugs)
                .containsAnyOf("two nodes serve", " differ at byte ");
    }

    @ParameterizedTest
    @MethodSource("shown")
    void scenarioHoldsEveryRuleWithoutTheFault(Bug bug) {
        assertThat(broken(bug, Set.of())).isEmpty();
        assertThat(broken(bug, SCENARIOS.get(bug).alsoWithout())).isEmpty();
    }

    private static String broken(Bug bug, Set<Bug> bugs) {
        final Shown shown = SCENARIOS.get(bug);
        final SmallCluster cluster = SmallCluster.inSync(bugs, shown.nodes());
        try {
            shown.scenario().play(cluster);
        } catch (AssertionError violation) {
            return violation.getMessage();
        }
        return cluster.difference().orElse("");
    }

    // --- who serves ---

    private static void isolate(SmallCluster cluster, String primary, String other) {
        cluster.cut(primary, other, true);
        cluster.withoutArbiter.add(primary);
    }

    private static void restartAfterAGrant(SmallCluster cluster) {
        isolate(cluster, "a", "b");
        cluster.node("b").die();
        cluster.node("b").start(42);
        cluster.run(6_000);
        assertServes(cluster, "b");
    }

    private static void grantThatTravelsLong(SmallCluster cluster) {
        cluster.hold("b", "a");
        cluster.run(600);
        cluster.hold("a", "b");
        cluster.run(1_200);
        cluster.release("b", "a");
        isolate(cluster, "a", "b");
        cluster.run(6_000);
        assertServes(cluster, "b");
    }

    private static void primaryComesBackToACandidate(SmallCluster cluster) {
        isolate(cluster, "a", "b");
        cluster.slowToArbiter.add("b");
        cluster.run(5_000);
        cluster.cut("a", "b", false);
        cluster.run(600);
        cluster.cut("a", "b", true);
        cluster.deliverChanges();
        cluster.slowToArbiter.clear();
        cluster.run(6_000);
        assertServes(cluster, "b");
    }

    private static void lateChangeOfARestartedNode(SmallCluster cluster) {
        isolate(cluster, "a", "b");
        cluster.slowToArbiter.add("b");
        cluster.run(5_000);
        cluster.node("b").die();
        cluster.withoutArbiter.add("b");
        cluster.cut("a", "b", false);
        cluster.node("b").start(42);
        cluster.run(1_000);
        cluster.deliverChanges();
        cluster.cut("a", "b", true);
        cluster.withoutArbiter.remove("b");
        cluster.run(6_000);
        assertServes(cluster, "b");
    }

    private static void assertServes(SmallCluster cluster, String name) {
        assertThat(cluster.server()).contains(name);
    }

    // --- who has what ---

    /// Only b has X: its log alone tells that the absent a may differ there.
    private static void onlyTheRestartedHasAWrite(SmallCluster cluster) {
        cluster.node("a").disk.stuck = offset -> true;
        cluster.node("a").write(1, X, 0x55);
        cluster.node("b").die();
        cluster.node("a").die();
        cluster.node("b").start(42);
        cluster.run(6_000);
        comesBack(cluster, "a");
    }

    private static void comesBack(SmallCluster cluster, String name) {
        cluster.node(name).disk.stuck = offset -> false;
        cluster.node(name).start(42);
        cluster.run(6_000);
        assertThat(cluster.register.inSync().contains(cluster.node(name).slot()))
                .as("%s is in sync", name)
                .isTrue();
    }

    /// b alone has X, the first write of the reign. A primary that goes on in that reign numbers
    /// its copies from one again, and b takes their watermark for that of X.
    private static void lateChangeOfARestartedPrimary(SmallCluster cluster) {
        final SmallNode a = cluster.node("a");
        a.disk.stuck = offset -> true;
        a.write(1, X, 0x55);
        a.write(2, Y, 0x66);
        cluster.slowToArbiter.add("a");
        cluster.order(
                "a", (replica, answer) -> replica.addReplica("unborn", answer, cluster.now()));
        a.die();
        cluster.deliverChanges();
        cluster.slowToArbiter.clear();
        a.disk.stuck = offset -> offset == (long) X * SmallCluster.BLOCK;
        a.start(42);
        cluster.run(2_000);
        a.die();
        cluster.run(6_000);
        assertServes(cluster, "b");
        comesBack(cluster, "a");
    }

    private static void primaryDiesDuringAResync(SmallCluster cluster) {
        final SmallNode a = cluster.node("a");
        cluster.node("b").die();
        // So many extents that X has left the log, and is known from the dirty map alone.
        for (int extent = 2; extent <= 3 + SmallCluster.ACTIVITY_LOG_EXTENTS; extent++) {
            a.write(extent, extent * SmallCluster.BLOCKS_IN_EXTENT, 0x55);
            cluster.run(1_000);
        }
        a.disk.stuck = offset -> offset == (long) X * SmallCluster.BLOCK;
        cluster.node("b").start(42);
        cluster.run(500);
        a.die();
        comesBack(cluster, "a");
        cluster.run(2_000);
        assertThat(cluster.register.inSync().contains(1)).as("b is in sync").isTrue();
    }

    private static void writeOfAnOldPrimaryArrivesLate(SmallCluster cluster) {
        cluster.hold("a", "c");
        cluster.hold("c", "a");
        cluster.node("a").write(1, X, 0x11);
        isolate(cluster, "a", "b");
        cluster.run(6_000);
        assertServes(cluster, "b");
        cluster.node("b").write(2, X, 0x22);
        cluster.release("a", "c");
        cluster.node("a").die();
        cluster.run(1_000);
    }

    private static void absentIsBroughtBackByAnotherPrimary(SmallCluster cluster) {
        cluster.node("c").die();
        cluster.run(1_000);
        cluster.node("a").write(1, X, 0x55);
        cluster.run(2_000);
        cluster.node("a").die();
        cluster.run(6_000);
        assertServes(cluster, "b");
        comesBack(cluster, "c");
    }

    private static void writeReachesOneOfTwo(SmallCluster cluster) {
        cluster.hold("a", "c");
        cluster.node("a").write(1, X, 0x55);
        cluster.node("a").write(2, Y, 0x66);
        cluster.node("a").die();
        cluster.run(6_000);
        assertServes(cluster, "b");
    }

    /// c has X by the settlement. X leaves its log, and then c loses what it has not flushed.
    private static void whatWasSettledIsLostWithPower(SmallCluster cluster) {
        writeReachesOneOfTwo(cluster);
        for (int extent = 6; extent <= 7 + SmallCluster.ACTIVITY_LOG_EXTENTS; extent++) {
            cluster.node("b")
                    .write(10 + extent, extent * SmallCluster.BLOCKS_IN_EXTENT, 0x77, true);
            cluster.run(600);
        }
        cluster.node("c").die();
        cluster.node("c").disk.losePower();
        cluster.node("c").start(43);
        cluster.run(6_000);
        assertThat(cluster.register.inSync().contains(2)).as("c is in sync").isTrue();
    }
}
