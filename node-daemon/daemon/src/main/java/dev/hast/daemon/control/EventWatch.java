package dev.hast.daemon.control;

import dev.hast.control.v1.Event;
import dev.hast.control.v1.WatchEventsRequest;
import java.time.Duration;
import java.util.List;

/// The events that one caller asked for.
final class EventWatch implements Watch.Source<Event> {

    private final EventLog log;
    private final List<String> names;
    private long sent;

    EventWatch(ControlTarget target, WatchEventsRequest request) {
        this.log = target.events();
        this.names = request.getNamesList();
        this.sent = request.hasAfterSequence() ? request.getAfterSequence() : log.last();
    }

    @Override
    public List<Event> next(Duration patience) throws InterruptedException {
        var found = log.await(sent, patience);
        if (!found.isEmpty()) {
            sent = found.getLast().getSequence();
        }
        return found.stream()
                .filter(e -> names.isEmpty() || names.contains(e.getResource()))
                .toList();
    }
}
