package dev.hast.daemon.packet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.network.MacAddress;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class ConflictProbeTest {
    private static final long MS = 1_000_000;
    private static final long ORIGIN = Math.subtractExact(Long.MAX_VALUE, 10 * MS);
    private final ConflictProbe probe = new ConflictProbe(Duration.ofMillis(30), 3, ORIGIN);

    @Test
    void probesAreSpreadOverTheWindow() {
        int sent = 0;
        for (long ms = 0; ms < 30; ms++) {
            if (probe.due(ORIGIN + ms * MS)) {
                assertThat(ms % 10).isZero();
                sent++;
            }
        }
        assertThat(sent).isEqualTo(3);
    }

    @Test
    void anAddressThatNobodyClaimsIsFreeWhenTheWindowEnds() {
        assertThat(probe.due(ORIGIN)).isTrue();
        assertThat(probe.finding(ORIGIN + 29 * MS)).isEqualTo(ConflictProbe.Finding.ASKING);
        assertThat(probe.finding(ORIGIN + 30 * MS)).isEqualTo(ConflictProbe.Finding.FREE);
    }

    @Test
    void aClaimEndsItAndTheFirstWhoClaimsIsTheHolder() {
        final MacAddress first = new MacAddress(0x0200_0000_0001L);
        assertThat(probe.due(ORIGIN)).isTrue();
        probe.claimed(first);
        probe.claimed(new MacAddress(0x0200_0000_0002L));
        assertThat(probe.finding(ORIGIN + MS)).isEqualTo(ConflictProbe.Finding.HELD);
        assertThat(probe.holder()).contains(first);
        assertThat(probe.remaining(ORIGIN + MS)).isZero();
    }

    @Test
    void withoutAnyProbeSentNothingIsFree() {
        assertThat(probe.finding(ORIGIN + 100 * MS)).isEqualTo(ConflictProbe.Finding.ASKING);
    }
}
