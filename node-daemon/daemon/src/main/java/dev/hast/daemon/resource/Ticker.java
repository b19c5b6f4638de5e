package dev.hast.daemon.resource;

import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells the resources of a node the time, every 20 ms or less often: the loop wakes once for all
/// of them, and one timer stands for all. On the loop.
public final class Ticker {

    static final long TICK_NANOS = 20_000_000;

    private static final Logger LOG = LoggerFactory.getLogger(Ticker.class);

    /// Who is told.
    @FunctionalInterface
    interface Ticked {
        /// @return after how many turns it wants to be told again, at least 1; sooner after
        ///   [Place#wake]
        int tick();
    }

    /// A place in the round.
    static final class Place {
        private final Ticked who;
        private long due;

        private Place(Ticked who) {
            this.who = who;
        }

        /// It wants to be told at the next turn.
        void wake() {
            due = 0;
        }
    }

    private final EventLoop loop;
    private List<Place> all = List.of();
    private long turn;
    private io.netty.util.concurrent.@Nullable ScheduledFuture<?> ticking;

    public Ticker(EventLoop loop) {
        this.loop = loop;
    }

    Place add(Ticked one) {
        final Place place = new Place(one);
        final List<Place> more = new ArrayList<>(all);
        more.add(place);
        all = more;
        if (ticking == null) {
            ticking =
                    loop.scheduleAtFixedRate(
                            this::tick, TICK_NANOS, TICK_NANOS, TimeUnit.NANOSECONDS);
        }
        return place;
    }

    void remove(Place place) {
        final List<Place> fewer = new ArrayList<>(all);
        fewer.remove(place);
        all = fewer;
        if (fewer.isEmpty() && ticking != null) {
            ticking.cancel(false);
            ticking = null;
        }
    }

    private void tick() {
        turn++;
        // Who comes or goes meanwhile makes another list.
        for (Place place : all) {
            if (place.due > turn) {
                continue;
            }
            try {
                final int turns = place.who.tick();
                // In step with the others, so that fewer turns have work.
                place.due = turns == 1 ? 0 : turn - turn % turns + turns;
            } catch (RuntimeException e) {
                LOG.atError().setCause(e).log("a resource has failed and is told no time any more");
                remove(place);
            }
        }
    }
}
