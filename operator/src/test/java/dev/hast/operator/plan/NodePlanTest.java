package dev.hast.operator.plan;

import static dev.hast.operator.plan.Given.absent;
import static dev.hast.operator.plan.Given.acknowledged;
import static dev.hast.operator.plan.Given.daemon;
import static dev.hast.operator.plan.Given.deleting;
import static dev.hast.operator.plan.Given.failed;
import static dev.hast.operator.plan.Given.known;
import static dev.hast.operator.plan.Given.lost;
import static dev.hast.operator.plan.Given.observed;
import static dev.hast.operator.plan.Given.refused;
import static dev.hast.operator.plan.Given.serving;
import static dev.hast.operator.plan.Given.spec;
import static dev.hast.operator.plan.Given.standby;
import static dev.hast.operator.plan.Given.text;
import static dev.hast.operator.plan.Given.volume;
import static dev.hast.operator.plan.Given.wanted;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.operator.plan.Action.Create;
import dev.hast.operator.plan.Action.Grow;
import dev.hast.operator.plan.Action.SetDocuments;
import dev.hast.operator.plan.Wanted.Volume;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class NodePlanTest {

    private static final String DOCUMENT = "HastResource/db";

    private final Volume db = volume("db", "a", "b");
    private final Wanted wanted = wanted(db);
    private final Map<String, String> documents = Map.of(DOCUMENT, text(wanted, "db"));

    @Test
    void aDaemonGetsTheDocumentsOfItsNode() {
        final Wanted two = wanted(db, volume("other", "c"));
        assertThat(NodePlan.of("a", two, observed(daemon("a"))))
                .containsExactly(new SetDocuments(documents));
    }

    @Test
    void aDaemonThatIsNotHeardGetsNothing() {
        assertThat(NodePlan.of("a", wanted, observed(lost("a")))).isEmpty();
        assertThat(NodePlan.of("a", wanted, observed())).isEmpty();
    }

    @Test
    void whatWasAcknowledgedIsNotSentAgain() {
        assertThat(NodePlan.of("a", wanted, observed(acknowledged(daemon("a"), documents))))
                .isEmpty();
    }

    @Test
    void aDaemonWithoutResourcesIsToldSoOnce() {
        assertThat(NodePlan.of("z", wanted, observed(daemon("z"))))
                .containsExactly(new SetDocuments(Map.of()));
        assertThat(NodePlan.of("z", wanted, observed(acknowledged(daemon("z"), Map.of()))))
                .isEmpty();
    }

    @Test
    void whatIsBeingDeletedIsLeftOut() {
        assertThat(
                        NodePlan.of(
                                "a",
                                wanted(deleting(db)),
                                observed(
                                        acknowledged(
                                                daemon("a", serving("db", "a", List.of("a"))),
                                                documents))))
                .containsExactly(new SetDocuments(Map.of()));
    }

    @Test
    void aRefusedDocumentKeepsItsLastGoodForm() {
        final var before =
                acknowledged(
                        daemon("a", serving("db", "a", List.of("a", "b"))),
                        Map.of(DOCUMENT, "the form before"));
        final var now = refused(before, DOCUMENT, text(wanted, "db"));
        final Wanted more = wanted(db, volume("other", "a"));
        assertThat(NodePlan.of("a", more, observed(now)))
                .containsExactly(
                        new SetDocuments(
                                Map.of(
                                        DOCUMENT,
                                        "the form before",
                                        "HastResource/other",
                                        text(more, "other"))));
    }

    @Test
    void aRefusedDocumentIsNeverTakenAwayFromADaemonThatRunsIt() {
        // After a restart of the operator nobody knows the form that the daemon took last.
        final var running =
                refused(
                        daemon("a", serving("db", "a", List.of("a", "b"))),
                        DOCUMENT,
                        text(wanted, "db"));
        assertThat(NodePlan.of("a", wanted(db, volume("other", "a")), observed(running))).isEmpty();
    }

    @Test
    void aRefusedDocumentDoesNotKeepOthersFromTheirs() {
        final Wanted two = wanted(db, volume("other", "a"));
        assertThat(NodePlan.of("a", two, observed(refused(daemon("a"), DOCUMENT, text(two, "db")))))
                .containsExactly(
                        new SetDocuments(Map.of("HastResource/other", text(two, "other"))));
    }

    @Test
    void anObjectThatWasCorrectedIsSentAgain() {
        assertThat(NodePlan.of("a", wanted, observed(refused(daemon("a"), DOCUMENT, "as before"))))
                .containsExactly(new SetDocuments(documents));
    }

    @Test
    void aReplicaIsMadeWhenNobodyHasTheVolume() {
        assertThat(creations(wanted, "a", absent("db", "a"), absent("db", "b"))).isTrue();
        assertThat(creations(wanted, "b", absent("db", "a"), absent("db", "b"))).isTrue();
    }

    @Test
    void aReplicaIsNotMadeWhileADaemonIsSilent() {
        assertThat(
                        NodePlan.of(
                                "a",
                                wanted,
                                observed(
                                        acknowledged(daemon("a", absent("db", "a")), documents),
                                        lost("b"))))
                .isEmpty();
    }

    @Test
    void aReplicaIsNotMadeBesideAVolumeThatIsNotServed() {
        assertThat(
                        creations(
                                wanted,
                                "a",
                                absent("db", "a"),
                                standby("db", "b", "a", List.of("a", "b"))))
                .isFalse();
    }

    @Test
    void aReplicaIsNotMadeForAVolumeThatIsKnownAndNotSeen() {
        // Both disks are empty, or the wrong ones are plugged in: a person has to look.
        assertThat(creations(wanted(known(db)), "a", absent("db", "a"), absent("db", "b")))
                .isFalse();
    }

    @Test
    void aReplicaIsNotMadeBesideAProviderThatCannotBeRead() {
        assertThat(creations(wanted, "a", absent("db", "a"), failed("db", "b"))).isFalse();
    }

    @Test
    void aReplicaIsNeverMadeOverAProviderThatFailed() {
        assertThat(
                        creations(
                                wanted(known(db)),
                                "a",
                                failed("db", "a"),
                                serving("db", "b", List.of("b"))))
                .isFalse();
    }

    @Test
    void anEmptyDiskJoinsAVolumeThatIsServed() {
        assertThat(
                        creations(
                                wanted(known(db)),
                                "a",
                                absent("db", "a"),
                                serving("db", "b", List.of("b"))))
                .isTrue();
    }

    @Test
    void anEmptyDiskDoesNotJoinAnotherVolumeOfTheSameName() {
        final var other =
                serving("db", "b", List.of("b")).toBuilder().setId("f".repeat(32)).build();
        assertThat(creations(wanted(known(db)), "a", absent("db", "a"), other)).isFalse();
    }

    private boolean creations(
            Wanted of,
            String node,
            dev.hast.control.v1.ResourceStatus onA,
            dev.hast.control.v1.ResourceStatus onB) {
        final Observed seen =
                observed(
                        acknowledged(daemon("a", onA), documents),
                        acknowledged(daemon("b", onB), documents));
        final var actions = NodePlan.of(node, of, seen);
        assertThat(actions).isSubsetOf(new Create("db"));
        return !actions.isEmpty();
    }

    @Test
    void aVolumeGrowsWhereItIsServedAndAllAreInSync() {
        final Volume larger = new Volume("db", 2, spec("2Gi", "a", "b"), Optional.empty(), false);
        final Wanted more = wanted(larger);
        final Map<String, String> sent = Map.of(DOCUMENT, text(more, "db"));
        final var all = serving("db", "a", List.of("a", "b"));
        assertThat(NodePlan.of("a", more, observed(acknowledged(daemon("a", all), sent))))
                .containsExactly(new Grow("db", 2L << 30));
        final var degraded = serving("db", "a", List.of("a"));
        assertThat(NodePlan.of("a", more, observed(acknowledged(daemon("a", degraded), sent))))
                .isEmpty();
        final var grown = all.toBuilder().setSizeBytes(2L << 30).build();
        assertThat(NodePlan.of("a", more, observed(acknowledged(daemon("a", grown), sent))))
                .isEmpty();
    }
}
