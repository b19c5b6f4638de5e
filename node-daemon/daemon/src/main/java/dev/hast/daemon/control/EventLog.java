package dev.hast.daemon.control;

import dev.hast.control.v1.Event;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// The last transitions of a daemon, numbered from 1. Holds a fixed number of them; older ones are
/// in the daemon's log. Thread-safe; [#append] may be called on an event loop.
public final class EventLog {

    private final int capacity;

    /// A kind of event of one resource.
    public record Kind(String resource, String kind) {}

    private final Deque<Event> events = new ArrayDeque<>();
    private final Map<Kind, Long> counts = new LinkedHashMap<>();
    private final ChangeSignal appended = new ChangeSignal();
    private long sequence;

    public EventLog(int capacity) {
        this.capacity = capacity;
    }

    /// Notes an event; its sequence number is given here.
    public void append(Event event) {
        synchronized (events) {
            sequence++;
            counts.merge(new Kind(event.getResource(), event.getKind()), 1L, Long::sum);
            if (events.size() == capacity) {
                events.removeFirst();
            }
            events.addLast(event.toBuilder().setSequence(sequence).build());
        }
        appended.changed();
    }

    /// How many there have been of each kind.
    public Map<Kind, Long> counts() {
        synchronized (events) {
            return Map.copyOf(counts);
        }
    }

    /// The number of the last event.
    public long last() {
        synchronized (events) {
            return sequence;
        }
    }

    /// Those after a number that are still held, oldest first.
    public List<Event> after(long number) {
        synchronized (events) {
            var found = new ArrayList<Event>();
            for (var event : events) {
                if (event.getSequence() > number) {
                    found.add(event);
                }
            }
            return found;
        }
    }

    /// As [#after], but waits for one when there is none, no longer than `limit`.
    public List<Event> await(long number, Duration limit) throws InterruptedException {
        long seen = appended.version();
        var found = after(number);
        if (found.isEmpty()) {
            appended.await(seen, limit);
            found = new ArrayList<>(after(number));
        }
        return found;
    }
}
