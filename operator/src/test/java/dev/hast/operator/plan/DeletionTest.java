package dev.hast.operator.plan;

import static dev.hast.operator.plan.Given.absent;
import static dev.hast.operator.plan.Given.acknowledged;
import static dev.hast.operator.plan.Given.daemon;
import static dev.hast.operator.plan.Given.deleting;
import static dev.hast.operator.plan.Given.lost;
import static dev.hast.operator.plan.Given.observed;
import static dev.hast.operator.plan.Given.volume;
import static dev.hast.operator.plan.Given.wanted;
import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.operator.plan.Deletion.Outcome;
import dev.hast.operator.plan.Deletion.Release;
import dev.hast.operator.plan.Deletion.Wait;
import dev.hast.operator.plan.Observed.Daemon;
import dev.hast.operator.plan.Wanted.Volume;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class DeletionTest {

    private static final Duration SOON = Duration.ofSeconds(5);

    private final Volume db = deleting(volume("db", "a", "b"));
    private final Daemon a = acknowledged(daemon("a"), Map.of());
    private final Daemon b = acknowledged(daemon("b"), Map.of());

    @Test
    void itGoesWhenAllDaemonsHaveLetGo() {
        assertThat(look(SOON, a, b)).isEqualTo(new Release(List.of()));
    }

    @Test
    void itWaitsForADaemonThatStillHasIt() {
        assertThat(look(SOON, a, acknowledged(daemon("b", absent("db", "b")), Map.of())))
                .isInstanceOf(Wait.class);
        assertThat(look(SOON, a, acknowledged(daemon("b"), Map.of("HastResource/db", "text"))))
                .isInstanceOf(Wait.class);
    }

    @Test
    void itWaitsUntilADaemonHasHeardFromUsAtAll() {
        assertThat(look(SOON, a, daemon("b"))).isInstanceOf(Wait.class);
    }

    @Test
    void itWaitsForASilentNodeButNotForEver() {
        assertThat(look(SOON, a, lost("b")))
                .isEqualTo(
                        new Wait(
                                "NodesSilent",
                                "b cannot be reached; after 5 minutes it goes without them"));
        assertThat(look(Deletion.PATIENCE, a, lost("b"))).isEqualTo(new Release(List.of("b")));
    }

    @Test
    void itDoesNotWaitForANodeThatIsGone() {
        final Wanted without = new Wanted(Map.of("db", db), Map.of("a", "192.0.2.1"));
        assertThat(Deletion.of(db, without, observed(a), List.of(), SOON))
                .isEqualTo(new Release(List.of()));
    }

    @Test
    void itWaitsForWhoUsesIt() {
        assertThat(
                        Deletion.of(
                                db,
                                wanted(db),
                                observed(a, b),
                                List.of("VirtualIP db"),
                                Deletion.PATIENCE))
                .isEqualTo(new Wait("InUse", "still used by VirtualIP db"));
    }

    private Outcome look(Duration since, Daemon... daemons) {
        return Deletion.of(db, wanted(db), observed(daemons), List.of(), since);
    }
}
