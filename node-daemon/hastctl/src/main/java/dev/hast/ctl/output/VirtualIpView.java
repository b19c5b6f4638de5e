package dev.hast.ctl.output;

import dev.hast.control.v1.VirtualIpState;
import dev.hast.control.v1.VirtualIpStatus;
import dev.hast.control.v1.VirtualIpStatus.Demotion;
import dev.hast.control.v1.VirtualIpStatus.Peer;
import dev.hast.control.v1.VirtualIpStatus.Transition;
import dev.hast.control.v1.VirtualIpsResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Service addresses as people read them.
public final class VirtualIpView {

    private VirtualIpView() {}

    /// One row for each group.
    public static String table(List<VirtualIpStatus> groups, Instant now) {
        if (groups.isEmpty()) {
            return "no VirtualIP on this node\n";
        }
        var table =
                new Table(
                        List.of(),
                        "Name",
                        "Addresses",
                        "CARP",
                        "State",
                        "Since",
                        "Holder",
                        "Follows");
        for (var group : groups) {
            table.row(
                    group.getName(),
                    String.join(", ", group.getAddressesList()),
                    group.getVhid() + "@" + orDash(group.getInterface()),
                    word(group.getState()) + (group.getHeld() ? " (held)" : ""),
                    age(group.getStateSinceMs(), now),
                    orDash(group.getHolder()),
                    orDash(String.join(", ", group.getFollowsList())));
        }
        var out = new StringBuilder(table.text());
        for (var group : groups) {
            notes(group)
                    .forEach(note ->
                            out.append('\n').append(group.getName()).append(": ").append(note));
        }
        return groups.stream().allMatch(g -> notes(g).isEmpty()) ? out.toString() : out + "\n";
    }

    private static List<String> notes(VirtualIpStatus group) {
        var notes = new java.util.ArrayList<String>();
        if (group.getState() == VirtualIpState.VIRTUAL_IP_STATE_FAULT
                || group.getState() == VirtualIpState.VIRTUAL_IP_STATE_INIT) {
            notes.add(word(group.getState()) + ": " + group.getStateReason());
        }
        notes.addAll(group.getWarningsList());
        return notes;
    }

    /// All about each group.
    public static String details(VirtualIpsResponse response, Instant now, ZoneId zone) {
        return response.getVirtualIpsList().stream()
                .map(group -> group(group, response.getNode(), now, zone))
                .collect(Collectors.joining("\n"));
    }

    private static String group(VirtualIpStatus group, String node, Instant now, ZoneId zone) {
        var out = new StringBuilder();
        out.append(group.getName()).append(" on ").append(node).append('\n');
        for (var address : group.getAddressesList()) {
            line(
                    out,
                    "%s %s vhid %d interface %s",
                    address.indexOf(':') < 0 ? "inet" : "inet6",
                    address,
                    group.getVhid(),
                    orDash(group.getInterface()));
        }
        // As ifconfig(8) of FreeBSD shows it.
        line(
                out,
                "carp: %s vhid %d advbase %d advskew %d%s",
                word(group.getState()),
                group.getVhid(),
                group.getAdvbase(),
                group.getAdvskew(),
                demoted(group.getDemotionsList()));
        line(
                out,
                "%s (%s)%s",
                group.getStateSinceMs() == 0
                        ? "not running"
                        : "since " + Words.time(group.getStateSinceMs(), zone),
                group.getStateReason(),
                group.getHeld() ? ", held by an administrator" : "");
        line(
                out,
                "holder %s; adverts each %d ms, authentication %s%s",
                orDash(group.getHolder()),
                group.getIntervalMs(),
                group.getAuthentication(),
                group.getPreempt() ? ", preempt" : "");
        also(group, now, out);
        group.getTransitionsList()
                .forEach(transition -> line(out, "%s", transition(transition, zone)));
        return out.toString();
    }

    private static void also(VirtualIpStatus group, Instant now, StringBuilder out) {
        if (group.getFollowsCount() > 0) {
            line(
                    out,
                    "follows %s%s",
                    String.join(", ", group.getFollowsList()),
                    group.getEpoch() == 0
                            ? ""
                            : " (primary here, epoch "
                                    + Long.toUnsignedString(group.getEpoch())
                                    + ")");
        }
        line(out, "protection: %s", group.getProtection());
        line(
                out,
                "adverts: %d sent, %d received%s",
                group.getAdvertsSent(),
                group.getAdvertsReceived(),
                group.getRefusedList().stream()
                        .map(r -> ", %d refused (%s)".formatted(r.getCount(), r.getCause()))
                        .collect(Collectors.joining()));
        group.getPeersList().forEach(peer -> line(out, "%s", peer(peer, now)));
        if (group.hasDuplicate()) {
            var duplicate = group.getDuplicate();
            line(
                    out,
                    "claimed by another: %s by %s, %d times, last %s ago",
                    duplicate.getAddress(),
                    duplicate.getMac(),
                    duplicate.getCount(),
                    age(duplicate.getSeenMs(), now));
        }
        group.getWarningsList().forEach(warning -> line(out, "warning: %s", warning));
    }

    private static String demoted(List<Demotion> demotions) {
        if (demotions.isEmpty()) {
            return "";
        }
        int sum = demotions.stream().mapToInt(Demotion::getAmount).sum();
        return " demoted by %d (%s)"
                .formatted(
                        sum,
                        demotions.stream()
                                .map(d -> d.getSource() + " " + d.getAmount())
                                .collect(Collectors.joining(", ")));
    }

    private static String peer(Peer peer, Instant now) {
        return "peer %s %s advbase %d advskew %d, heard %s ago"
                .formatted(
                        peer.getNode().isEmpty()
                                ? peer.getAddress()
                                : peer.getNode() + " (" + peer.getAddress() + ")",
                        peer.getIntent(),
                        peer.getAdvbase(),
                        peer.getAdvskew(),
                        age(peer.getHeardMs(), now));
    }

    private static String transition(Transition transition, ZoneId zone) {
        var steps =
                transition.getStepsList().stream()
                        .map(s -> s.getName() + " " + Words.micros(s.getDurationUs()))
                        .collect(Collectors.joining(", "));
        return "%s  %s -> %s (%s)%s"
                .formatted(
                        Words.time(transition.getAtMs(), zone),
                        word(transition.getFrom()),
                        word(transition.getTo()),
                        transition.getReason(),
                        steps.isEmpty() ? "" : ": " + steps);
    }

    private static void line(StringBuilder out, String format, Object... values) {
        out.append("  ").append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    private static String word(VirtualIpState state) {
        return Words.of(state).toUpperCase(Locale.ROOT);
    }

    private static String orDash(String text) {
        return text.isEmpty() ? "-" : text;
    }

    private static String age(long sinceMs, Instant now) {
        return sinceMs == 0
                ? "-"
                : Words.duration(Duration.between(Instant.ofEpochMilli(sinceMs), now));
    }
}
