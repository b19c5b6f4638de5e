package dev.hast.daemon.resource;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.embedded.EmbeddedChannel;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class TickerTest {

    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final Ticker ticker = new Ticker(channel.eventLoop());
    private int told;

    @BeforeEach
    void freeze() {
        channel.freezeTime();
    }

    private void turns(int count) {
        for (int i = 0; i < count; i++) {
            channel.advanceTimeBy(Ticker.TICK_NANOS, TimeUnit.NANOSECONDS);
            channel.runScheduledPendingTasks();
        }
    }

    private int tell(int again) {
        told++;
        return again;
    }

    @Test
    void whoIsBusyIsToldAtEachTurnAndWhoIsIdleLessOften() {
        ticker.add(() -> tell(1));
        turns(10);
        assertThat(told).isEqualTo(10);
        told = 0;
        final Ticker idle = new Ticker(channel.eventLoop());
        idle.add(() -> tell(5));
        final int before = told;
        turns(20);
        // One of the two is told twenty times.
        assertThat(told - before).isBetween(24, 25);
    }

    @Test
    void whoWakesIsToldAtTheNextTurn() {
        final Ticker.Place place = ticker.add(() -> tell(1000));
        turns(3);
        assertThat(told).isEqualTo(1);
        place.wake();
        turns(1);
        assertThat(told).isEqualTo(2);
    }

    @Test
    void whoFailsOrGoesIsToldNoMoreAndTheOthersAre() {
        ticker.add(() -> {
            throw new IllegalStateException("on purpose");
        });
        final Ticker.Place gone = ticker.add(() -> tell(1));
        ticker.add(() -> tell(1));
        turns(2);
        assertThat(told).isEqualTo(4);
        ticker.remove(gone);
        turns(2);
        assertThat(told).isEqualTo(6);
    }
}
