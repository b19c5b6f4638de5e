package dev.hast.daemon.export;

import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/// Counts by kind; can be read from any thread.
final class CountingMetrics implements ExportMetrics {
    private final Map<ConnectionEnd, AtomicInteger> ends = new EnumMap<>(ConnectionEnd.class);
    private final Map<Command, AtomicInteger> requests = new EnumMap<>(Command.class);
    final AtomicInteger opened = new AtomicInteger();
    final AtomicInteger errors = new AtomicInteger();
    final AtomicInteger waits = new AtomicInteger();

    CountingMetrics() {
        for (ConnectionEnd end : ConnectionEnd.values()) {
            ends.put(end, new AtomicInteger());
        }
        for (Command command : Command.values()) {
            requests.put(command, new AtomicInteger());
        }
    }

    @Override
    public void connectionOpened() {
        opened.incrementAndGet();
    }

    @Override
    public void connectionEnded(ConnectionEnd end) {
        ends.get(end).incrementAndGet();
    }

    @Override
    public void requestFinished(Command command, int error, long bytes, long nanos) {
        requests.get(command).incrementAndGet();
        if (error != 0) {
            errors.incrementAndGet();
        }
    }

    @Override
    public void waitedForRoom() {
        waits.incrementAndGet();
    }

    int ended(ConnectionEnd end) {
        return ends.get(end).get();
    }

    int finished(Command command) {
        return requests.get(command).get();
    }
}
