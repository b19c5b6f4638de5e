package dev.hast.daemon.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class RefusalQuotaTest {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final RefusalQuota<String> quota = new RefusalQuota<>();

    @Test
    void eachCauseIsSaidOnceAMinute() {
        assertThat(quota.admit("tls", "expired", 0)).isZero();
        assertThat(quota.admit("tls", "expired", SECOND)).isEqualTo(RefusalQuota.SILENT);
        assertThat(quota.admit("tls", "revoked", 2 * SECOND)).isEqualTo(1);
        assertThat(quota.admit("tls", "expired", 59 * SECOND)).isEqualTo(RefusalQuota.SILENT);
        assertThat(quota.admit("tls", "expired", 60 * SECOND)).isEqualTo(1);
    }

    @Test
    void manyCausesOfOneKindCannotFillTheLogNorSilenceAnotherKind() {
        long said = 0;
        for (int i = 0; i < 1000; i++) {
            said += quota.admit("tls", "cause " + i, i) == RefusalQuota.SILENT ? 0 : 1;
        }
        assertThat(said).isEqualTo(8);
        assertThat(quota.admit("garbage", "GET", SECOND)).isZero();
        assertThat(quota.admit("tls", "cause 5000", 120 * SECOND)).isEqualTo(992);
    }
}
