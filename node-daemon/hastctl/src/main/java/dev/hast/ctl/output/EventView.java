package dev.hast.ctl.output;

import dev.hast.control.v1.Event;
import java.time.ZoneId;
import java.util.Locale;

/// One line for each transition.
public final class EventView {

    private EventView() {}

    public static String text(Event event, ZoneId zone) {
        var out = new StringBuilder(Words.time(event.getAtMs(), zone));
        out.append(
                String.format(
                        Locale.ROOT,
                        "  %-12s  %-13s",
                        event.getResource().isEmpty() ? "-" : event.getResource(),
                        event.getKind()));
        if (!event.getFrom().isEmpty() || !event.getTo().isEmpty()) {
            out.append("  ")
                    .append(event.getFrom().isEmpty() ? "-" : event.getFrom())
                    .append(" -> ")
                    .append(event.getTo());
        }
        if (!event.getPeer().isEmpty()) {
            out.append("  peer ").append(event.getPeer());
        }
        if (event.getEpoch() != 0) {
            out.append("  epoch ").append(Long.toUnsignedString(event.getEpoch()));
        }
        if (!event.getCause().isEmpty()) {
            out.append("  (").append(event.getCause()).append(')');
        }
        return out.append('\n').toString();
    }
}
