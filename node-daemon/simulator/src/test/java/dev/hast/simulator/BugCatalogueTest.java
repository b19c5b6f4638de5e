package dev.hast.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.replication.Bug;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Deliberate faults of the core are seen. Without this, a simulation that always passes would say
/// nothing. Those that need what random runs hardly have are shown by scenarios of the core
/// (`DeliberateFaultTest`); [Bug#shown()] says which, and there is no third way.
class BugCatalogueTest {

    private static final int SEEDS_MOST = 200;

    static Stream<Bug> shownBySeeds() {
        return Arrays.stream(Bug.values()).filter(bug -> bug.shown() == Bug.Shown.BY_SEEDS);
    }

    @ParameterizedTest
    @MethodSource("shownBySeeds")
    void deliberateFaultIsCaught(Bug bug) {
        final Optional<BugCatalogue.Caught> caught = BugCatalogue.hunt(bug, 1, SEEDS_MOST);
        assertThat(caught).as("%s within %d seeds", bug, SEEDS_MOST).isPresent();
        System.out.println(caught.orElseThrow());
    }
}
