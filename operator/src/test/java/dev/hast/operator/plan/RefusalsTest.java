package dev.hast.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.operator.plan.Observed.Refusal;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class RefusalsTest {

    private static final Map<String, String> SENT =
            Map.of("HastResource/db", "text of db", "HastResource/db2", "text of db2");

    @Test
    void aLineIsAboutTheDocumentThatItNames() {
        assertThat(
                        Refusals.of(
                                SENT,
                                Map.of(),
                                List.of("HastResource/db:1:37: spec.size: is too small")))
                .containsExactly(
                        Map.entry(
                                "HastResource/db",
                                new Refusal("text of db", "spec.size: is too small")));
    }

    @Test
    void aChangeThatIsForbiddenIsAboutItsObject() {
        assertThat(
                        Refusals.of(
                                SENT,
                                Map.of(),
                                List.of(
                                        "HastResource db2: extentSize is fixed",
                                        "HastResource db2: size can't shrink")))
                .containsExactly(
                        Map.entry(
                                "HastResource/db2",
                                new Refusal(
                                        "text of db2", "extentSize is fixed; size can't shrink")));
    }

    @Test
    void aLineThatNamesNothingIsAboutAllThatIsNew() {
        assertThat(Refusals.of(SENT, Map.of("HastResource/db", "text of db"), List.of("no")))
                .containsOnlyKeys("HastResource/db2");
    }

    @Test
    void noLineIsNoRefusal() {
        assertThat(Refusals.of(SENT, Map.of(), List.of())).isEmpty();
    }
}
