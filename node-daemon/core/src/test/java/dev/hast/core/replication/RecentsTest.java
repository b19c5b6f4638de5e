package dev.hast.core.replication;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What a secondary remembers above the all-confirmed watermark (S7).
final class RecentsTest {

    private static final long OLD = 1;
    private static final long NEW = 2;

    private final Recents recents = new Recents();
    private final List<Long> left = new ArrayList<>();

    private void leaving(long offset, int length, boolean logged) {
        left.add(offset);
    }

    @Test
    void writesUpToTheWatermarkAreForgotten() {
        for (int i = 1; i <= 4; i++) {
            recents.add(OLD, i, i * 100L, 10, true);
        }
        recents.confirmed(OLD, 2, this::leaving);
        assertThat(left).containsExactly(100L, 200L);
        assertThat(recents.toRanges()).containsExactly(300, 10, 400, 10);
    }

    @Test
    void watermarkOfAnotherReignForgetsNothing() {
        recents.add(OLD, 1, 100, 10, true);
        recents.confirmed(NEW, 99, this::leaving);
        assertThat(left).isEmpty();
        assertThat(recents.isEmpty()).isFalse();
    }

    @Test
    void writeThatArrivedOutOfOrderKeepsWhatIsBehindIt() {
        recents.add(OLD, 5, 500, 10, true);
        recents.add(OLD, 3, 300, 10, true);
        recents.confirmed(OLD, 3, this::leaving);
        assertThat(left).isEmpty();
        recents.confirmed(OLD, 5, this::leaving);
        assertThat(left).containsExactly(500L, 300L);
    }

    @Test
    void settlingForgetsOtherReignsAndKeepsTheOrderOfItsOwn() {
        recents.add(OLD, 8, 800, 10, true);
        recents.add(NEW, 1, 100, 10, true);
        recents.add(OLD, 9, 900, 10, true);
        recents.add(NEW, 2, 200, 10, true);
        recents.settled(NEW, this::leaving);
        assertThat(left).containsExactly(800L, 900L);
        assertThat(recents.toRanges()).containsExactly(100, 10, 200, 10);
    }

    @Test
    void ringKeepsItsOrderWhenItGrows() {
        for (int i = 1; i <= 200; i++) {
            recents.add(OLD, i, i, 1, true);
        }
        recents.confirmed(OLD, 150, this::leaving);
        for (int i = 201; i <= 1000; i++) {
            recents.add(OLD, i, i, 1, true);
        }
        final long[] ranges = recents.toRanges();
        assertThat(ranges).hasSize(2 * 850);
        for (int i = 0; i < 850; i++) {
            assertThat(ranges[2 * i]).isEqualTo(151 + i);
        }
    }

    @Test
    void writesEnterTheActivityLogOnce() {
        recents.add(OLD, 1, 100, 10, false);
        recents.add(OLD, 2, 200, 10, true);
        final List<Long> logged = new ArrayList<>();
        recents.log((offset, length, inLog) -> logged.add(offset));
        recents.log((offset, length, inLog) -> logged.add(offset));
        assertThat(logged).containsExactly(100L);
        recents.clear((offset, length, inLog) -> assertThat(inLog).isTrue());
        assertThat(recents.isEmpty()).isTrue();
    }
}
