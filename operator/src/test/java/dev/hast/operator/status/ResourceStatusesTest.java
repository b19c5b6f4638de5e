package dev.hast.operator.status;

import static dev.hast.operator.plan.Given.absent;
import static dev.hast.operator.plan.Given.daemon;
import static dev.hast.operator.plan.Given.known;
import static dev.hast.operator.plan.Given.lost;
import static dev.hast.operator.plan.Given.observed;
import static dev.hast.operator.plan.Given.refused;
import static dev.hast.operator.plan.Given.serving;
import static dev.hast.operator.plan.Given.standby;
import static dev.hast.operator.plan.Given.volume;
import static dev.hast.operator.plan.Given.wanted;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.control.v1.Progress;
import dev.hast.control.v1.ReplicaState;
import dev.hast.control.v1.ResourceState;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.crds.v1alpha1.Condition;
import dev.hast.crds.v1alpha1.HastResourceStatus;
import dev.hast.operator.plan.Given;
import dev.hast.operator.plan.Observed;
import dev.hast.operator.plan.Wanted.Volume;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class ResourceStatusesTest {

    private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");

    private final Volume db = volume("db", "a", "b");
    private final ResourceStatus all = serving("db", "a", List.of("a", "b"));

    @Test
    void aVolumeThatIsServedWithAllInSyncIsServing() {
        final var status =
                of(
                        observed(
                                daemon("a", all),
                                daemon("b", standby("db", "b", "a", List.of("a", "b")))));
        assertThat(status.state()).isEqualTo("Serving");
        assertThat(status.primary()).isEqualTo("a");
        assertThat(status.inSyncOf()).isEqualTo("2/2");
        assertThat(status.size()).isEqualTo("1Gi");
        assertThat(status.id()).isEqualTo(Given.ID);
        assertThat(statuses(status))
                .containsExactly(
                        "Available=True",
                        "Redundant=True",
                        "Suspended=False",
                        "SplitBrain=False",
                        "Accepted=True");
    }

    @Test
    void aReplicaThatIsBroughtBackIsShownWithItsProgress() {
        final ResourceStatus.Builder syncing = serving("db", "a", List.of("a")).toBuilder();
        syncing.getReplicasBuilder(1)
                .setState(ReplicaState.REPLICA_STATE_SYNCING)
                .setDirtyBytes(1 << 20)
                .setResync(
                        Progress.newBuilder()
                                .setDoneBytes(43)
                                .setTotalBytes(100)
                                .setRemainingMs(90_000));
        final var status = of(observed(daemon("a", syncing.build()), lost("b")));
        assertThat(status.state()).isEqualTo("Degraded");
        assertThat(status.reason()).isEqualTo("b is being brought back");
        assertThat(status.resync()).isEqualTo("43%");
        assertThat(status.replicas().get(1).eta()).isEqualTo("1m");
        assertThat(statuses(status)).contains("Available=True", "Redundant=False");
    }

    @Test
    void whatNobodyCanSayIsUnknownAndTheRestStaysAsItWas() {
        final var before = of(observed(daemon("a", all), lost("b")));
        final var status =
                ResourceStatuses.of(
                        known(db),
                        wanted(db),
                        observed(lost("a"), lost("b")),
                        Optional.of(before),
                        NOW);
        assertThat(status.state()).isEqualTo("Unknown");
        assertThat(status.reason())
                .isEqualTo("the daemon on a, which was the last to serve it, cannot be heard");
        assertThat(status.primary()).isEqualTo("a");
        assertThat(status.inSync()).containsExactly("a", "b");
        assertThat(status.id()).isEqualTo(Given.ID);
        assertThat(statuses(status)).contains("Available=Unknown");
    }

    @Test
    void theNewestConfigurationNamesThePrimary() {
        final var later = serving("db", "b", List.of("b")).toBuilder().setEpoch(4).build();
        final var status = of(observed(daemon("a", all), daemon("b", later)));
        assertThat(status.primary()).isEqualTo("b");
        assertThat(status.epoch()).isEqualTo(4);
        assertThat(status.inSync()).containsExactly("b");
    }

    @Test
    void aPrimaryThatDoesNotServeIsSuspendedInItsOwnWords() {
        final var suspended =
                all.toBuilder()
                        .setState(ResourceState.RESOURCE_STATE_SUSPENDED)
                        .setStateReason("the arbiter cannot be reached")
                        .setSuspended(true)
                        .setSuspendedReason("the arbiter cannot be reached")
                        .build();
        final var status = of(observed(daemon("a", suspended), lost("b")));
        assertThat(status.state()).isEqualTo("Suspended");
        assertThat(status.reason()).isEqualTo("a: the arbiter cannot be reached");
        assertThat(statuses(status)).contains("Available=False", "Suspended=True");
    }

    @Test
    void aVolumeThatIsNotMadeYetSaysForWhomItWaits() {
        final var status = of(observed(daemon("a", absent("db", "a")), lost("b")));
        assertThat(status.state()).isEqualTo("Pending");
        assertThat(status.reason()).isEqualTo("waits for the daemons of b");
        assertThat(status.replicas().getFirst().state()).isEqualTo("Absent");
        assertThat(status.replicas().get(1).lastError()).isEqualTo("its daemon cannot be heard");
    }

    @Test
    void aVolumeThatWasThereAndIsNowhereHasFailed() {
        final var status =
                ResourceStatuses.of(
                        known(db),
                        wanted(db),
                        observed(daemon("a", absent("db", "a")), daemon("b", absent("db", "b"))),
                        Optional.empty(),
                        NOW);
        assertThat(status.state()).isEqualTo("Failed");
        assertThat(status.reason()).contains("look at the providers");
        assertThat(status.id()).isEqualTo(Given.ID);
    }

    @Test
    void aRefusalIsShownInTheDaemonsWords() {
        final var status =
                of(observed(refused(daemon("a", all), "HastResource/db", "text"), lost("b")));
        assertThat(status.reason()).isEqualTo("refused by a: is wrong");
        assertThat(statuses(status)).contains("Accepted=False", "Available=True");
    }

    @Test
    void splitBrainIsTheWorst() {
        final var split =
                all.toBuilder().setState(ResourceState.RESOURCE_STATE_SPLIT_BRAIN).build();
        final var status = of(observed(daemon("a", all), daemon("b", split)));
        assertThat(status.state()).isEqualTo("SplitBrain");
        assertThat(statuses(status)).contains("SplitBrain=True");
    }

    @Test
    void aConditionKeepsItsTimeAsLongAsItsStatusStays() {
        final var first = of(observed(daemon("a", all), lost("b")));
        final var later =
                ResourceStatuses.of(
                        db,
                        wanted(db),
                        observed(daemon("a", serving("db", "a", List.of("a"))), lost("b")),
                        Optional.of(first),
                        NOW.plusSeconds(60));
        assertThat(condition(later, "Available").lastTransitionTime())
                .isEqualTo("2030-01-01T00:00:00Z");
        assertThat(condition(later, "Redundant").lastTransitionTime())
                .isEqualTo("2030-01-01T00:01:00Z");
    }

    @Test
    void theSameObservationGivesTheSameStatus() {
        final Observed observed = observed(daemon("a", all), lost("b"));
        final var first = of(observed);
        assertThat(
                        ResourceStatuses.of(
                                db, wanted(db), observed, Optional.of(first), NOW.plusSeconds(60)))
                .isEqualTo(first);
    }

    private HastResourceStatus of(Observed observed) {
        return ResourceStatuses.of(db, wanted(db), observed, Optional.empty(), NOW);
    }

    private static List<String> statuses(HastResourceStatus status) {
        return status.conditions().stream().map(c -> c.type() + "=" + c.status()).toList();
    }

    private static Condition condition(HastResourceStatus status, String type) {
        return status.conditions().stream()
                .filter(c -> c.type().equals(type))
                .findFirst()
                .orElseThrow();
    }
}
