package dev.hast.daemon.address;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SequencesTest {

    @TempDir private Path directory;

    @Test
    void eachStartBeginsAboveAllThatWasSentBefore() {
        final long first = Sequences.next(directory, "g");
        assertThat(first).isGreaterThanOrEqualTo(1_700_000_000_000L << 20);
        assertThat(Sequences.next(directory, "g")).isGreaterThan(first + 1_000_000);
    }

    @Test
    void aClockThatWasSetBackDoesNotMatter() throws Exception {
        final long future = Long.MAX_VALUE / 4;
        Files.writeString(directory.resolve("vip-g.sequence"), Long.toString(future));
        assertThat(Sequences.next(directory, "g")).isEqualTo(future);
        assertThat(Sequences.next(directory, "g")).isGreaterThan(future);
    }

    @Test
    void aFileThatIsBrokenOrCannotBeWrittenIsLeftAside() throws Exception {
        Files.writeString(directory.resolve("vip-g.sequence"), "not a number");
        assertThat(Sequences.next(directory, "g")).isPositive();
        assertThat(Sequences.next(directory.resolve("missing"), "g")).isPositive();
    }

    @Test
    void whetherThereWasEverAGroupIsKnown() {
        assertThat(Sequences.anyIn(directory)).isFalse();
        assertThat(Sequences.anyIn(directory.resolve("missing"))).isFalse();
        Sequences.next(directory, "g");
        assertThat(Sequences.anyIn(directory)).isTrue();
    }
}
