package dev.hast.core.configuration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/// Reigns tell whether data is a part of a configuration's history (S9).
final class ConfigurationTest {

    private static final long FIRST = 0xa;
    private static final long SECOND = 0xb;
    private static final long THIRD = 0xc;

    private static final Configuration START =
            new Configuration(
                    new ResourceId(1, 2),
                    1,
                    0,
                    ReplicaSet.of(0, 1, 2),
                    List.of(new Member(0, "a"), new Member(1, "b"), new Member(2, "c")),
                    1 << 30,
                    List.of(new Reign(FIRST, 1, 0, false)));

    private static Configuration promote(
            Configuration from, int slot, ReplicaSet set, long tag, long basis) {
        return from.promote(slot, set, new Reign(tag, from.epoch() + 1, basis, false));
    }

    @Test
    void dataOfTheCurrentReignIsBehind() {
        final Configuration now = START.withInSync(ReplicaSet.of(0, 1));
        assertThat(now.lineageOf(FIRST, 1)).isEqualTo(Lineage.BEHIND);
        assertThat(now.lineageOf(FIRST, 2)).isEqualTo(Lineage.BEHIND);
    }

    @Test
    void dataOfANewerEpochOfTheSameReignIsAhead() {
        assertThat(START.lineageOf(FIRST, 2)).isEqualTo(Lineage.AHEAD);
    }

    @Test
    void dataThatLeftBeforeAFailoverIsBehind() {
        final Configuration shrunk = START.withInSync(ReplicaSet.of(0, 1));
        final Configuration now = promote(shrunk, 1, ReplicaSet.of(1), SECOND, shrunk.epoch());
        assertThat(now.lineageOf(FIRST, 1)).isEqualTo(Lineage.BEHIND);
        assertThat(now.lineageOf(FIRST, 2)).isEqualTo(Lineage.BEHIND);
    }

    @Test
    void dataThatWentOnAloneAfterTheBasisOfALaterReignHasDiverged() {
        final Configuration now = promote(START, 1, ReplicaSet.of(1), SECOND, 1);
        assertThat(now.lineageOf(FIRST, 1)).isEqualTo(Lineage.BEHIND);
        assertThat(now.lineageOf(FIRST, 2)).isEqualTo(Lineage.DIVERGED);
    }

    @Test
    void laterReignsDoNotHealADivergence() {
        final Configuration forced = promote(START, 1, ReplicaSet.of(1), SECOND, 1);
        final Configuration now = promote(forced, 1, ReplicaSet.of(1), THIRD, forced.epoch());
        assertThat(now.lineageOf(FIRST, 2)).isEqualTo(Lineage.DIVERGED);
        assertThat(now.lineageOf(SECOND, 2)).isEqualTo(Lineage.BEHIND);
    }

    @Test
    void forcedReignOnAnOldEpochExcludesEveryNewerOne() {
        Configuration five = START;
        while (five.epoch() < 5) {
            five = five.withInSync(five.inSync());
        }
        final Configuration now = promote(five, 2, ReplicaSet.of(2), SECOND, 3);
        assertThat(now.lineageOf(FIRST, 3)).isEqualTo(Lineage.BEHIND);
        assertThat(now.lineageOf(FIRST, 4)).isEqualTo(Lineage.DIVERGED);
        assertThat(now.lineageOf(FIRST, 5)).isEqualTo(Lineage.DIVERGED);
    }

    @Test
    void historiesThatHavePartedShareWhatTheEarlierOfThemEndedWith() {
        final Configuration together = START.withInSync(ReplicaSet.of(0, 1));
        final Configuration wentOn =
                together.withInSync(ReplicaSet.of(0)).withInSync(ReplicaSet.of(0));
        final Configuration promoted =
                promote(together, 1, ReplicaSet.of(1), SECOND, together.epoch());
        assertThat(wentOn.commonEpoch(promoted)).isEqualTo(together.epoch());
        assertThat(promoted.commonEpoch(wentOn)).isEqualTo(together.epoch());
    }

    @Test
    void historiesWithoutACommonReignShareNothing() {
        final Configuration other =
                new Configuration(
                        START.resource(),
                        7,
                        0,
                        ReplicaSet.of(0),
                        START.members(),
                        START.size(),
                        List.of(new Reign(THIRD, 7, 6, false)));
        assertThat(START.commonEpoch(other)).isZero();
    }

    @Test
    void reignThatIsNotRememberedHasDiverged() {
        assertThat(START.lineageOf(0xdead, 1)).isEqualTo(Lineage.DIVERGED);
    }

    @Test
    void oldestReignIsForgottenAtThirtyThree() {
        Configuration now = START;
        for (int i = 1; i < Configuration.REIGNS_MAX; i++) {
            now = promote(now, 0, now.inSync(), 100 + i, now.epoch());
        }
        assertThat(now.reigns()).hasSize(Configuration.REIGNS_MAX);
        assertThat(now.lineageOf(FIRST, 1)).isEqualTo(Lineage.BEHIND);
        now = promote(now, 0, now.inSync(), 999, now.epoch());
        assertThat(now.reigns()).hasSize(Configuration.REIGNS_MAX);
        assertThat(now.lineageOf(FIRST, 1)).isEqualTo(Lineage.DIVERGED);
    }

    @Test
    void everyChangeAddsOneToTheEpoch() {
        assertThat(START.withSize(2 << 20).epoch()).isEqualTo(2);
        assertThat(START.withInSync(ReplicaSet.of(0)).epoch()).isEqualTo(2);
        assertThat(START.withMembers(START.members().subList(0, 2)).epoch()).isEqualTo(2);
        assertThat(promote(START, 1, ReplicaSet.of(1), SECOND, 1).epoch()).isEqualTo(2);
    }

    @Test
    void memberThatIsRemovedLeavesTheSet() {
        assertThat(START.withMembers(START.members().subList(0, 2)).inSync())
                .isEqualTo(ReplicaSet.of(0, 1));
    }

    @Test
    void primaryOutsideOfTheSetIsNoConfiguration() {
        assertThatThrownBy(() -> START.withInSync(ReplicaSet.of(1, 2)))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> START.withInSync(ReplicaSet.EMPTY))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> START.withInSync(ReplicaSet.of(0, 3)))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
