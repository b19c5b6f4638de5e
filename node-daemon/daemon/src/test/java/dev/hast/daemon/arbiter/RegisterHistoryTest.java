package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.configuration.Configuration;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The judge of the fault tests sees each wrong that it is there for.
final class RegisterHistoryTest {

    private static final Configuration A = Samples.first();
    private static final Configuration B = Samples.next(A, 1, 2);
    private static final Configuration C = Samples.next(B, 0, 3);
    private static final Configuration OTHER_B = Samples.next(A, 0, 4);

    private final RegisterHistory history = new RegisterHistory();

    @BeforeEach
    void create() {
        swap(1, 0, A, swapped(1));
    }

    @Test
    void whatARegisterDoesIsFine() {
        swap(1, 1, B, swapped(3));
        swap(2, 1, OTHER_B, conflict(B, 3));
        read(2, B, 3);
        swap(1, 3, C, new ArbiterOutcome.Unknown("lost"));
        read(1, C, 5);
        swap(2, 3, Samples.next(B, 1, 9), new ArbiterOutcome.Unavailable("away"));
        assertThat(history.violations()).isEmpty();
    }

    @Test
    void revisionThatMovesUnderTheSameConfigurationIsFine() {
        swap(1, 1, B, new ArbiterOutcome.Unknown("lost"));
        read(1, A, 2);
        swap(2, 1, OTHER_B, conflict(A, 2));
        swap(2, 2, C, swapped(3));
        assertThat(history.violations()).isEmpty();
    }

    @Test
    void twoWinnersAreSeen() {
        swap(1, 1, B, swapped(2));
        swap(2, 1, OTHER_B, swapped(3));
        assertThat(history.violations()).anyMatch(v -> v.startsWith("revision 3 replaced 2"));
    }

    @Test
    void staleReadIsSeen() {
        swap(1, 1, B, swapped(2));
        read(2, A, 1);
        assertThat(history.violations()).anyMatch(v -> v.startsWith("shown less than revision 2"));
    }

    @Test
    void lostRecordIsSeen() {
        final long begun = history.now();
        history.read(2, begun, new ArbiterOutcome.Read(Optional.empty(), Revision.ABSENT));
        assertThat(history.violations()).anyMatch(v -> v.startsWith("shown less than revision 1"));
    }

    @Test
    void changeThatSurelyDidNotHappenAndDidIsSeen() {
        swap(1, 1, B, new ArbiterOutcome.Unavailable("away"));
        read(2, B, 2);
        assertThat(history.violations()).anyMatch(v -> v.startsWith("took effect"));
    }

    @Test
    void unknownChangeThatComesAfterItWasSettledIsSeen() {
        swap(1, 1, B, new ArbiterOutcome.Unknown("lost"));
        read(1, A, 1);
        read(2, B, 2);
        assertThat(history.violations())
                .anyMatch(v -> v.startsWith("took effect in revision 2, after its client"));
    }

    @Test
    void changeBeforeItsCallIsSeen() {
        read(2, B, 2);
        swap(1, 1, B, new ArbiterOutcome.Unknown("lost"));
        assertThat(history.violations()).anyMatch(v -> v.contains("before its call began"));
    }

    @Test
    void recordOutOfNowhereIsSeen() {
        read(2, B, 2);
        assertThat(history.violations()).anyMatch(v -> v.startsWith("nobody proposed"));
    }

    @Test
    void twoContentsOfOneRevisionAreSeen() {
        swap(1, 1, B, swapped(2));
        read(2, A, 2);
        assertThat(history.violations())
                .anyMatch(v -> v.startsWith("two configurations in revision 2"));
    }

    private static ArbiterOutcome.Swapped swapped(long revision) {
        return new ArbiterOutcome.Swapped(new Revision(revision));
    }

    private static ArbiterOutcome.Conflict conflict(Configuration current, long revision) {
        return new ArbiterOutcome.Conflict(
                new ArbiterOutcome.Read(Optional.of(current), new Revision(revision)), false);
    }

    private void swap(
            int client, long expected, Configuration proposed, ArbiterOutcome.OfSwap outcome) {
        history.swap(client, history.now(), new Revision(expected), proposed, outcome);
    }

    private void read(int client, Configuration configuration, long revision) {
        history.read(
                client,
                history.now(),
                new ArbiterOutcome.Read(Optional.of(configuration), new Revision(revision)));
    }
}
