package dev.hast.daemon.resource;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.Member;
import dev.hast.core.configuration.Reign;
import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.configuration.ResourceId;
import dev.hast.core.replication.Report;
import dev.hast.core.replication.Role;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class FailoverClockTest {
    private static final long SILENCE = 3_200_000_000L;
    private static final int HERE = 1;
    private static final int THERE = 0;

    private final Map<String, Long> heard = Map.of("hast-a", System.nanoTime() - SILENCE);
    private final FailoverClock clock =
            new FailoverClock("hast-b", node -> heard.getOrDefault(node, 0L));

    private static Configuration configuration(final long epoch, final int primary) {
        return new Configuration(
                new ResourceId(1, 2),
                epoch,
                primary,
                ReplicaSet.of(THERE, HERE),
                List.of(new Member(THERE, "hast-a"), new Member(HERE, "hast-b")),
                1 << 20,
                List.of(new Reign(epoch, epoch, 0, false)));
    }

    private void becomesPrimary(final long epoch, final String cause) {
        clock.reported(new Report.Adopted(configuration(epoch, HERE), cause));
        clock.reported(new Report.RoleChanged(Role.SECONDARY, Role.PRIMARY, epoch, cause));
        clock.reported(new Report.Serving(epoch, 0, 0));
        clock.serving();
        clock.attached();
    }

    @Test
    void failoverIsTimedFromTheLastWordOfThePrimary() {
        clock.reported(new Report.Adopted(configuration(1, THERE), "told by hast-a"));
        clock.reported(new Report.Proposed(configuration(2, HERE), "the primary is silent"));
        becomesPrimary(2, "the primary is silent");
        final FailoverClock.Failover last = clock.last().orElseThrow();
        assertThat(last.from()).isEqualTo("hast-a");
        assertThat(last.steps())
                .extracting(FailoverClock.Step::name)
                .containsExactly("silence", "arbiter and epoch on disk", "reconcile", "device");
        assertThat(last.steps().getFirst().nanos()).isGreaterThanOrEqualTo(SILENCE);
    }

    @Test
    void handOverToThisNodeIsTimedFromWhenItWasTold() {
        clock.reported(new Report.Adopted(configuration(1, HERE), "the first configuration"));
        clock.reported(new Report.Adopted(configuration(2, THERE), "told by hast-a"));
        becomesPrimary(3, "told by hast-a");
        final FailoverClock.Failover last = clock.last().orElseThrow();
        assertThat(last.reason()).isEqualTo("handed over by hast-a");
        assertThat(last.from()).isEqualTo("hast-a");
        assertThat(last.steps())
                .extracting(FailoverClock.Step::name)
                .containsExactly("reconcile", "device");
        assertThat(last.steps().stream().mapToLong(FailoverClock.Step::nanos).sum())
                .isLessThan(SILENCE);
    }

    @Test
    void firstPrimaryTakesOverFromNobody() {
        clock.reported(new Report.Proposed(configuration(1, HERE), "the first configuration"));
        becomesPrimary(1, "the first configuration");
        assertThat(clock.last().orElseThrow().from()).isEmpty();
        assertThat(clock.last().orElseThrow().steps())
                .extracting(FailoverClock.Step::name)
                .startsWith("arbiter and epoch on disk");
    }
}
