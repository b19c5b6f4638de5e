package dev.hast.daemon.storage.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.storage.fault.FaultRule.Operation;
import java.time.Duration;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FaultRuleTest {
    @Test
    void theTextFormIsRead() {
        assertThat(FaultRule.parse("write 4096-8191 EIO after 3 times 1"))
                .isEqualTo(
                        new FaultRule(
                                Set.of(Operation.WRITE),
                                4096,
                                8191,
                                new Fault.Fail(Errno.EIO),
                                3,
                                1));
        assertThat(FaultRule.parse("read,zero all delay 50ms"))
                .isEqualTo(
                        new FaultRule(
                                Set.of(Operation.READ, Operation.ZERO),
                                0,
                                Long.MAX_VALUE,
                                new Fault.Delay(Duration.ofMillis(50))));
        assertThat(FaultRule.parse("any all hang").operations()).hasSize(4);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "write",
                "wrote all EIO",
                "write 5 EIO",
                "write a-b EIO",
                "write all EWHAT",
                "write all delay 5",
                "write all EIO after",
                "write all EIO never 3"
            })
    void aBadRuleIsShownWithWhatIsWrong(final String text) {
        assertThatThrownBy(() -> FaultRule.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("fault rule `" + text + "`: ");
    }

    @Test
    void aRangeIsHitByWhatTouchesIt() {
        final FaultRule rule = FaultRule.parse("write 4096-8191 EIO");
        assertThat(rule.matches(Operation.WRITE, 0, 4096)).isFalse();
        assertThat(rule.matches(Operation.WRITE, 0, 4097)).isTrue();
        assertThat(rule.matches(Operation.WRITE, 8191, 1)).isTrue();
        assertThat(rule.matches(Operation.WRITE, 8192, 1)).isFalse();
        assertThat(rule.matches(Operation.READ, 4096, 1)).isFalse();
        assertThat(FaultRule.parse("flush 5-5 EIO").matches(Operation.FLUSH, 0, 0)).isTrue();
    }
}
