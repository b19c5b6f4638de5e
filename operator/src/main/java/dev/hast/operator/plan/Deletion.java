package dev.hast.operator.plan;

import dev.hast.operator.plan.Observed.Daemon;
import dev.hast.operator.plan.Observed.Link;
import dev.hast.operator.plan.Wanted.Volume;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// When an object that is being deleted may go.
public final class Deletion {

    /// How long a node is waited for that exists and does not answer.
    public static final Duration PATIENCE = Duration.ofMinutes(5);

    private Deletion() {}

    /// What comes of looking.
    public sealed interface Outcome {}

    /// Not yet, and why.
    public record Wait(String reason, String words) implements Outcome {}

    /// The finalizer may go.
    ///
    /// @param passedOver nodes whose daemons could not be told
    public record Release(List<String> passedOver) implements Outcome {}

    /// @param users what still uses the volume, for people; empty: nothing
    /// @param since how long it has been waited
    public static Outcome of(
            Volume volume, Wanted wanted, Observed observed, List<String> users, Duration since) {
        if (!users.isEmpty()) {
            return new Wait("InUse", "still used by " + String.join(", ", users));
        }
        final List<String> existing =
                volume.nodes().stream().filter(wanted.addresses()::containsKey).toList();
        final List<String> holding =
                existing.stream().filter(node -> holds(volume, observed.on(node))).toList();
        final List<String> silent =
                holding.stream()
                        .filter(node -> observed.on(node).link() != Link.CONNECTED)
                        .toList();
        if (holding.size() > silent.size()) {
            return new Wait(
                    "DaemonsHoldIt",
                    "the daemons of %s are to give it up"
                            .formatted(
                                    String.join(
                                            ", ",
                                            holding.stream()
                                                    .filter(node -> !silent.contains(node))
                                                    .toList())));
        }
        if (!silent.isEmpty() && since.compareTo(PATIENCE) < 0) {
            return new Wait(
                    "NodesSilent",
                    "%s cannot be reached; after %d minutes it goes without them"
                            .formatted(String.join(", ", silent), PATIENCE.toMinutes()));
        }
        return new Release(silent);
    }

    /// A daemon that has taken documents without it and reports it no more has let go.
    private static boolean holds(Volume volume, Daemon daemon) {
        final Optional<Boolean> sent =
                daemon.acknowledged()
                        .map(known -> known.containsKey(DocumentText.nameOf(volume.name())));
        return !daemon.connected()
                || sent.orElse(true)
                || daemon.resources().containsKey(volume.name());
    }
}
