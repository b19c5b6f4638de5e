package dev.hast.daemon.address;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// Keeps what it hears.
final class RecordedEvents implements AddressEvents {

    final List<String> transitions = new CopyOnWriteArrayList<>();
    final List<String> notices = new CopyOnWriteArrayList<>();

    @Override
    public void transition(String group, String from, String to, String cause) {
        transitions.add(from + " " + to + ": " + cause);
    }

    @Override
    public void notice(String group, String text) {
        notices.add(text);
    }

    @Override
    public void changed() {}
}
