package dev.hast.daemon.address;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SeenSequencesTest {

    private static final long SECOND = 1_000_000_000L;

    @TempDir private Path directory;

    private SeenSequences seen() {
        return new SeenSequences(directory, "g", Runnable::run);
    }

    @Test
    void whatWasSeenIsKnownToTheNextDaemon() {
        final SeenSequences first = seen();
        assertThat(first.kept()).isEmpty();
        final Map<Long, Long> sequences = Map.of(-7L, 12L, 3L, Long.MAX_VALUE);
        first.keep(() -> sequences, 10 * SECOND);
        assertThat(seen().kept()).isEqualTo(sequences);
    }

    @Test
    void itIsWrittenEachFiveSecondsAtMostAndWhenSomethingNewWasSeen() throws Exception {
        final SeenSequences sequences = seen();
        sequences.keep(() -> Map.of(1L, 1L), 10 * SECOND);
        sequences.keep(() -> Map.of(1L, 2L), 12 * SECOND);
        assertThat(seen().kept()).containsEntry(1L, 1L);
        sequences.keep(() -> Map.of(1L, 3L), 15 * SECOND);
        assertThat(seen().kept()).containsEntry(1L, 3L);
        Files.delete(directory.resolve("vip-g.seen"));
        sequences.keep(() -> Map.of(1L, 3L), 30 * SECOND);
        assertThat(seen().kept()).as("nothing new").isEmpty();
    }

    @Test
    void aFileThatIsBrokenOrCannotBeWrittenIsLeftAside() throws Exception {
        for (final String broken : new String[] {"x y", "12", " ", "1 2 3"}) {
            Files.writeString(directory.resolve("vip-g.seen"), broken);
            assertThat(seen().kept()).as(broken).isEmpty();
        }
        new SeenSequences(directory.resolve("missing"), "g", Runnable::run)
                .keep(() -> Map.of(1L, 1L), 10 * SECOND);
    }
}
