package dev.hast.simulator.kernel;

import java.util.Comparator;
import java.util.PriorityQueue;

/// Virtual time in nanoseconds and everything that will happen in it. Events at one moment happen
/// in the order they were planned.
public final class Timeline {

    public static final long MICROSECOND = 1_000L;
    public static final long MILLISECOND = 1_000_000L;
    public static final long SECOND = 1_000_000_000L;

    private record Event(long time, long order, Runnable action) {}

    private final PriorityQueue<Event> events =
            new PriorityQueue<>(
                    Comparator.comparingLong(Event::time).thenComparingLong(Event::order));
    private long now;
    private long planned;
    private long done;

    public long now() {
        return now;
    }

    /// How many events have happened.
    public long done() {
        return done;
    }

    public void after(long delay, Runnable action) {
        at(now + Math.max(0, delay), action);
    }

    public void at(long time, Runnable action) {
        events.add(new Event(Math.max(now, time), planned++, action));
    }

    /// Lets the next event happen, if it is due by `deadline`; else moves the time there and
    /// returns false.
    public boolean step(long deadline) {
        final Event next = events.peek();
        if (next == null || next.time > deadline) {
            now = Math.max(now, deadline);
            return false;
        }
        events.remove();
        now = next.time;
        done++;
        next.action.run();
        return true;
    }
}
