package dev.hast.daemon.network;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

final class BoundedExecutorTest {
    private final Queue<Runnable> queue = new ArrayDeque<>();
    private final BoundedExecutor bounded = new BoundedExecutor(queue::add, 2);

    @Test
    void whatAnExecutorThatIsBehindDoesNotTakeIsDroppedAndCounted() {
        final List<Integer> run = new ArrayList<>();
        assertThat(bounded.offer(() -> run.add(1))).isTrue();
        assertThat(bounded.offer(() -> run.add(2))).isTrue();
        assertThat(bounded.offer(() -> run.add(3))).isFalse();
        assertThat(bounded.dropped()).isEqualTo(1);
        queue.remove().run();
        assertThat(bounded.offer(() -> run.add(4))).isTrue();
        queue.forEach(Runnable::run);
        assertThat(run).containsExactly(1, 2, 4);
    }

    @Test
    void anExecutorThatHasEndedLosesEventsAndNothingElse() {
        final BoundedExecutor ended =
                new BoundedExecutor(
                        event -> {
                            throw new RejectedExecutionException("ended");
                        },
                        2);
        for (int i = 0; i < 5; i++) {
            assertThat(ended.offer(() -> {})).isFalse();
        }
        assertThat(ended.dropped()).isEqualTo(5);
    }
}
