package dev.hast.simulator.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.address.ElectionBug;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Deliberate faults of the election are seen. Without this, a simulation that always passes would
/// say nothing.
class ElectionBugCatalogueTest {

    private static final int SEEDS_MOST = 200;

    @ParameterizedTest
    @EnumSource
    void deliberateFaultIsCaught(ElectionBug bug) {
        final Optional<ElectionBugCatalogue.Caught> caught =
                ElectionBugCatalogue.hunt(bug, 1, SEEDS_MOST);
        assertThat(caught).as("%s within %d seeds", bug, SEEDS_MOST).isPresent();
        System.out.println(caught.orElseThrow());
    }
}
