package dev.hast.daemon.address;

import dev.hast.core.address.AdvertRefusal;
import dev.hast.core.address.ElectionState;
import dev.hast.core.address.TransitionReason;
import dev.hast.daemon.packet.Claim;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// What a group has seen since it began: transitions, refused adverts, duplicates. On the loop.
final class GroupNotes {

    private static final Logger LOG = LoggerFactory.getLogger("hast");

    /// What was last seen longer ago is no warning any more.
    private static final Duration WARNED = Duration.ofMinutes(5);

    private final String group;
    private final Map<AdvertRefusal, Long> refused = new EnumMap<>(AdvertRefusal.class);
    private final Map<AdvertRefusal, Instant> lastRefused = new EnumMap<>(AdvertRefusal.class);
    private final Map<Change, Long> changes = new LinkedHashMap<>();
    private final GroupHistory history = new GroupHistory();
    private String reason = "";
    private Instant since = Instant.now();
    private List<StepTimes.Step> lastPromotion = List.of();
    private Optional<Duplicate> duplicate = Optional.empty();
    private long received;

    /// A kind of transition.
    record Change(ElectionState from, ElectionState to, TransitionReason reason) {}

    /// Somebody else's claims.
    record Duplicate(Claim last, Instant seen, long count) {}

    /// All of it at one moment.
    ///
    /// @param reason of the last transition, in words
    /// @param since when it was
    /// @param lastPromotion how long each step of the last way up took
    record Seen(
            String reason,
            Instant since,
            List<GroupHistory.Transition> transitions,
            Map<Change, Long> changes,
            List<StepTimes.Step> lastPromotion,
            Optional<Duplicate> duplicate,
            long received,
            Map<AdvertRefusal, Long> refused,
            List<String> warnings) {}

    GroupNotes(String group) {
        this.group = group;
    }

    void transition(GroupKernel.TransitionNote note, List<StepTimes.Step> steps) {
        reason =
                note.detail().isEmpty()
                        ? note.reason().text()
                        : note.reason().text() + ": " + note.detail();
        final Instant before = since;
        since = Instant.now();
        history.add(new GroupHistory.Transition(since, note.from(), note.to(), reason, steps));
        changes.merge(new Change(note.from(), note.to(), note.reason()), 1L, Long::sum);
        if (note.to() == ElectionState.MASTER) {
            lastPromotion = new ArrayList<>(steps);
            lastPromotion.add(new StepTimes.Step("all", Duration.between(before, since).toNanos()));
        }
    }

    String reason() {
        return reason;
    }

    void received() {
        received++;
    }

    /// The first of its kind is logged.
    void refused(AdvertRefusal cause, InetAddress source) {
        lastRefused.put(cause, Instant.now());
        if (refused.merge(cause, 1L, Long::sum) == 1 && cause != AdvertRefusal.DUPLICATE) {
            LOG.atLevel(
                            cause == AdvertRefusal.VHID || cause == AdvertRefusal.OWN
                                    ? Level.DEBUG
                                    : Level.WARN)
                    .addKeyValue("address", group)
                    .addKeyValue("source", source.getHostAddress())
                    .log("an advert was refused, the first of its kind: {}", cause.meaning());
        }
    }

    /// Says how often that has been.
    long duplicate(Claim claim) {
        final long count = duplicate.map(Duplicate::count).orElse(0L) + 1;
        duplicate = Optional.of(new Duplicate(claim, Instant.now(), count));
        return count;
    }

    Seen seen() {
        return new Seen(
                reason,
                since,
                history.all(),
                Map.copyOf(changes),
                List.copyOf(lastPromotion),
                duplicate,
                received,
                Map.copyOf(refused),
                warnings());
    }

    private List<String> warnings() {
        final List<String> all = new ArrayList<>();
        warn(all, AdvertRefusal.VRRP, "VRRP is spoken on this segment, perhaps with this id");
        warn(
                all,
                AdvertRefusal.DIGEST,
                "somebody uses this vhid with another password or other addresses");
        warn(
                all,
                AdvertRefusal.ADDRESS_LIST,
                "a node of the group has other addresses in its document");
        warn(all, AdvertRefusal.SIGNATURE, "a node of the group has another password or key");
        warn(
                all,
                AdvertRefusal.UNKNOWN_KEY,
                "a node of the group sends a key that is not accepted here");
        warn(all, AdvertRefusal.UNSIGNED, "a host without strict authentication uses this vhid");
        return all;
    }

    private void warn(List<String> warnings, AdvertRefusal cause, String text) {
        final long count = refused.getOrDefault(cause, 0L);
        final Instant last = lastRefused.get(cause);
        if (last != null && last.plus(WARNED).isAfter(Instant.now())) {
            warnings.add(text + " (" + count + " adverts)");
        }
    }
}
