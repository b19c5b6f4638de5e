package dev.hast.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.replication.Bug;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/// Deliberate faults of the core are seen. Without this, a simulation that always passes would say
/// nothing.
///
/// The faults left out take hundreds of seeds or were not seen: `docs/explanation/simulation.md`
/// has the whole table.
class BugCatalogueTest {

    private static final int SEEDS_MOST = 100;

    @ParameterizedTest
    @EnumSource(
            value = Bug.class,
            mode = Mode.EXCLUDE,
            names = {
                "ACT_UNDER_PROMISE",
                "CANDIDATE_GRANTS",
                "CLEAR_DIRTY_TOO_SOON",
                "DIRTY_MAPS_ON_PRIMARY_ONLY",
                "FORGET_WRITES_IN_FLIGHT",
                "GRANT_COUNTS_FROM_ARRIVAL",
                "NO_FENCE",
                "ONE_SUPERBLOCK",
                "REIGN_GOES_ON",
                "RESTART_FORGETS_PROMISE",
                "RESTART_FORGETS_RECENT",
                "SETTLE_WITHOUT_FLUSH",
                "WATERMARK_TOO_HIGH"
            })
    void deliberateFaultIsCaught(Bug bug) {
        final Optional<BugCatalogue.Caught> caught = BugCatalogue.hunt(bug, 1, SEEDS_MOST);
        assertThat(caught).as("%s within %d seeds", bug, SEEDS_MOST).isPresent();
        System.out.println(caught.orElseThrow());
    }
}
