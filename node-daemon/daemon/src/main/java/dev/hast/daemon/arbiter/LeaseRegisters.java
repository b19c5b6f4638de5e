package dev.hast.daemon.arbiter;

import java.security.SecureRandom;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What we know of each Lease, and reading that leaves no lost change behind ([LeaseArbiter] says
/// how). Owned by the arbiter's thread.
final class LeaseRegisters {

    private static final Logger LOG = LoggerFactory.getLogger(LeaseRegisters.class);

    private final LeaseSettings settings;
    private final LeaseCalls calls;
    private final LeaseLineage lineage = new LeaseLineage();
    private final SecureRandom random = new SecureRandom();

    /// The version of each Lease that was seen last, by the resource's name.
    private final Map<String, Lease> seen = new HashMap<>();

    /// Changes whose outcome nobody knows, by the resource's name.
    private final Map<String, Unsettled> unsettled = new HashMap<>();

    LeaseRegisters(LeaseSettings settings, ScheduledExecutorService worker) {
        this.settings = settings;
        this.calls = new LeaseCalls(settings, worker);
    }

    /// @param from the version that the lost change replaces
    /// @param record what it would write
    private record Unsettled(Revision from, String record) {}

    /// A change on its way.
    ///
    /// @param number tells it from all others
    record Change(String resourceName, Revision from, String record, String number) {}

    /// What a look at a Lease shows.
    sealed interface Look {
        /// A Lease whose record can be used.
        record There(Lease lease, ArbiterOutcome.Read read) implements Look {}

        record Nothing() implements Look {

            ArbiterOutcome.Read read() {
                return new ArbiterOutcome.Read(Optional.empty(), Revision.ABSENT);
            }
        }

        record Failed(String cause) implements Look {}

        /// @param thereIsOne a Lease is there, which cannot be used
        record Rejected(String cause, boolean thereIsOne) implements Look {}
    }

    LeaseCalls calls() {
        return calls;
    }

    Change change(String resourceName, Revision from, String record) {
        final byte[] number = new byte[8];
        random.nextBytes(number);
        return new Change(resourceName, from, record, HexFormat.of().formatHex(number));
    }

    /// Whether a change can be sent without looking first.
    boolean stands(Change change) {
        final Lease last = seen.get(change.resourceName());
        return change.from().equals(Revision.ABSENT)
                || (last != null && last.revision().equals(change.from()));
    }

    /// Whether an earlier call would have written the same, and nobody knows whether it did.
    boolean lostBefore(Change change) {
        final Unsettled open = unsettled.get(change.resourceName());
        return open != null && open.record().equals(change.record());
    }

    void lost(Change change) {
        unsettled.put(change.resourceName(), new Unsettled(change.from(), change.record()));
    }

    /// Reads, and settles a lost change.
    void read(String resourceName, Consumer<ArbiterOutcome.OfRead> reply) {
        look(
                resourceName,
                look -> {
                    final Unsettled open = unsettled.get(resourceName);
                    switch (look) {
                        case Look.There(Lease lease, ArbiterOutcome.Read read) -> {
                            if (open == null) {
                                reply.accept(read);
                            } else {
                                settle(
                                        change(resourceName, lease.revision(), lease.record()),
                                        reply);
                            }
                        }
                        case Look.Nothing nothing -> {
                            if (open == null) {
                                reply.accept(nothing.read());
                            } else {
                                settle(change(resourceName, Revision.ABSENT, open.record()), reply);
                            }
                        }
                        case Look.Failed(String cause) ->
                                reply.accept(new ArbiterOutcome.Unavailable(cause));
                        case Look.Rejected(String cause, boolean ignored) ->
                                reply.accept(new ArbiterOutcome.Refused(cause));
                    }
                });
    }

    private void settle(Change change, Consumer<ArbiterOutcome.OfRead> reply) {
        write(
                change,
                ending -> {
                    switch (ending) {
                        case LeaseCalls.Ending.Found(Lease lease, boolean ignored) -> {
                            if (lease.record().equals(change.record())) {
                                wrote(change, lease);
                            }
                            moved(change, "", reply);
                        }
                        // The Lease has moved on by itself, and the lost change is dead.
                        case LeaseCalls.Ending.Conflict(String cause, boolean ignored) ->
                                moved(change, cause, reply);
                        case LeaseCalls.Ending.Absent(boolean ignored) ->
                                moved(change, "it is gone", reply);
                        case LeaseCalls.Ending.Failed(String cause, boolean ignored) ->
                                reply.accept(new ArbiterOutcome.Unavailable(cause));
                        case LeaseCalls.Ending.Rejected(String cause, boolean ignored) ->
                                reply.accept(new ArbiterOutcome.Refused(cause));
                    }
                });
    }

    /// What there is after settling; a change that is still open is left to the next read.
    private void moved(Change change, String cause, Consumer<ArbiterOutcome.OfRead> reply) {
        look(
                change.resourceName(),
                look -> {
                    final boolean open = unsettled.containsKey(change.resourceName());
                    reply.accept(
                            switch (look) {
                                case Look.There(Lease ignored, ArbiterOutcome.Read read) ->
                                        open ? new ArbiterOutcome.Unavailable(cause) : read;
                                case Look.Nothing nothing ->
                                        open
                                                ? new ArbiterOutcome.Unavailable(cause)
                                                : nothing.read();
                                case Look.Failed(String why) -> new ArbiterOutcome.Unavailable(why);
                                case Look.Rejected(String why, boolean ignored) ->
                                        new ArbiterOutcome.Refused(why);
                            });
                });
    }

    /// Reads, and leaves lost changes alone.
    void look(String resourceName, Consumer<Look> then) {
        final String name = Lease.nameOf(resourceName);
        final LeaseLineage.Floor floor = lineage.floor(name);
        calls.get(
                name,
                ending ->
                        then.accept(
                                switch (ending) {
                                    case LeaseCalls.Ending.Found(Lease lease, boolean ignored) ->
                                            looked(resourceName, floor, lease);
                                    case LeaseCalls.Ending.Absent(boolean ignored) -> {
                                        leftBehind(resourceName, Revision.ABSENT);
                                        seen.remove(resourceName);
                                        yield new Look.Nothing();
                                    }
                                    case LeaseCalls.Ending.Conflict(
                                                    String cause,
                                                    boolean ignored) ->
                                            new Look.Failed(cause);
                                    case LeaseCalls.Ending.Failed(String cause, boolean ignored) ->
                                            new Look.Failed(cause);
                                    case LeaseCalls.Ending.Rejected(
                                                    String cause,
                                                    boolean ignored) ->
                                            new Look.Rejected(cause, false);
                                }));
    }

    private Look looked(String resourceName, LeaseLineage.Floor floor, Lease lease) {
        try {
            final var configuration = lease.configuration();
            final var wrong = lineage.check(floor, lease, configuration);
            if (wrong.isPresent()) {
                return new Look.Rejected(unusable(resourceName, lease, wrong.get()), true);
            }
            leftBehind(resourceName, lease.revision());
            seen.put(resourceName, lease);
            return new Look.There(
                    lease, new ArbiterOutcome.Read(Optional.of(configuration), lease.revision()));
        } catch (UnreadableRecordException e) {
            return new Look.Rejected(
                    unusable(resourceName, lease, String.valueOf(e.getMessage())), true);
        }
    }

    /// Writes over the version that the change names: the one that was seen last, or none.
    void write(Change change, Consumer<LeaseCalls.Ending> end) {
        final String name = Lease.nameOf(change.resourceName());
        final Lease last = seen.get(change.resourceName());
        try {
            if (change.from().equals(Revision.ABSENT)) {
                calls.create(
                        name,
                        Lease.creation(
                                name, settings.namespace(), change.record(), change.number()),
                        end);
            } else if (last != null && last.revision().equals(change.from())) {
                calls.update(name, last.replacement(change.record(), change.number()), end);
            } else {
                end.accept(new LeaseCalls.Ending.Conflict("another change came before it", false));
            }
        } catch (UnreadableRecordException e) {
            end.accept(new LeaseCalls.Ending.Rejected(String.valueOf(e.getMessage()), false));
        }
    }

    /// Takes note of a change that was made.
    void wrote(Change change, Lease lease) {
        unsettled.remove(change.resourceName());
        seen.put(change.resourceName(), lease);
        try {
            lineage.note(lease, lease.configuration());
        } catch (UnreadableRecordException e) {
            // The next read says so.
            LOG.atDebug()
                    .addKeyValue("lease", lease.name())
                    .setCause(e)
                    .log("a Lease was changed beside its record");
        }
    }

    /// A Lease that has left the version never comes back to it as long as its store goes forward.
    private void leftBehind(String resourceName, Revision now) {
        final Unsettled open = unsettled.get(resourceName);
        if (open != null && !open.from().equals(now)) {
            unsettled.remove(resourceName);
        }
    }

    private String unusable(String resourceName, Lease lease, String why) {
        return ("cannot use the record of resource '%s' in Kubernetes (Lease %s in namespace %s, resourceVersion %s): %s;"
                        + " see which node's copy is right (hastctl dump), delete the Lease, and have that node write it again"
                        + " (hastctl role primary --force)")
                .formatted(resourceName, lease.name(), settings.namespace(), lease.revision(), why);
    }
}
