package dev.hast.daemon.arbiter;

import dev.hast.core.configuration.Configuration;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The register in Kubernetes: one Lease a resource ([Lease] has the layout), changed by an update
/// that names the `resourceVersion` and the `uid` that it replaces.
///
/// All work is done on one thread of its own.
///
/// ## How lost changes are settled
///
/// An update whose answer was lost may be carried out at any later time: by an API server that was
/// frozen and wakes, or one that waits for its store. A read that shows the old version therefore
/// says nothing about it. It is dead as soon as the Lease has left the version that it names. So
/// after [ArbiterOutcome.Unknown] the next [#read] that finds that version still there writes the
/// very same record once more (or, where there is none yet, carries the creation through). The API
/// server leaves out an update that changes nothing, so each change carries a number of its own.
///
/// ## The uid
///
/// To the API server, an update of a Lease that is not there is a creation, whatever
/// `resourceVersion` it names; and where a store was set back, a version may come twice. Only the
/// uid makes an update mean this Lease and no other.
public final class LeaseArbiter implements Arbiter {

    private static final ArbiterOutcome.Unavailable CLOSED =
            new ArbiterOutcome.Unavailable(
                    "the arbiter's client is closed, because hastd is stopping");

    /// What Kubernetes takes for a name. A HastResource of a cluster has no other.
    private static final String NAME =
            "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";

    private static final long LINGER_SECONDS = 1;

    private final ScheduledThreadPoolExecutor worker =
            new ScheduledThreadPoolExecutor(
                    1, Thread.ofPlatform().name("arbiter-lease").daemon().factory());
    private final LeaseRegisters registers;
    private final LeaseWatch watch;

    /// Connects when first asked.
    public LeaseArbiter(LeaseSettings settings) {
        worker.setRemoveOnCancelPolicy(true);
        this.registers = new LeaseRegisters(settings, worker);
        this.watch = new LeaseWatch(registers.calls().client(), worker);
    }

    @Override
    public ArbiterKind kind() {
        return ArbiterKind.LEASE;
    }

    @Override
    public void read(
            String resourceName,
            Executor executor,
            Consumer<? super ArbiterOutcome.OfRead> answer) {
        Arbiter.requireName(resourceName);
        final Consumer<ArbiterOutcome.OfRead> reply =
                outcome -> Delivery.to(executor, () -> answer.accept(outcome));
        onWorker(() -> reply.accept(CLOSED), () -> registers.read(resourceName, reply));
    }

    @Override
    public void compareAndSet(
            String resourceName,
            Revision expected,
            Configuration proposed,
            Executor executor,
            Consumer<? super ArbiterOutcome.OfSwap> answer) {
        Arbiter.requireName(resourceName);
        final String record =
                new String(ConfigurationCodec.encode(proposed), StandardCharsets.UTF_8);
        final Consumer<ArbiterOutcome.OfSwap> reply =
                outcome -> Delivery.to(executor, () -> answer.accept(outcome));
        onWorker(
                () -> reply.accept(CLOSED),
                () -> {
                    if (resourceName.matches(NAME)) {
                        swap(registers.change(resourceName, expected, record), reply);
                    } else {
                        reply.accept(
                                new ArbiterOutcome.Refused(
                                        "resource '%s': a name in Kubernetes is lower-case letters, digits, '-' and '.'; give it such a name"
                                                .formatted(resourceName)));
                    }
                });
    }

    @Override
    public Watch watch(String resourceName, Executor executor, Runnable hint) {
        Arbiter.requireName(resourceName);
        final var watcher =
                new LeaseWatch.Watcher(
                        Lease.nameOf(resourceName), () -> Delivery.to(executor, hint));
        onWorker(() -> {}, () -> watch.add(watcher));
        return () -> onWorker(() -> {}, () -> watch.remove(watcher));
    }

    @Override
    public void close() {
        onWorker(
                () -> {},
                () -> {
                    watch.close();
                    registers.calls().close();
                    // What was under way is answered by tasks that come at once.
                    worker.schedule(worker::shutdown, LINGER_SECONDS, TimeUnit.SECONDS);
                });
    }

    private void swap(LeaseRegisters.Change change, Consumer<ArbiterOutcome.OfSwap> reply) {
        if (registers.stands(change)) {
            write(change, reply);
            return;
        }
        registers.look(
                change.resourceName(),
                look -> {
                    if (registers.stands(change)) {
                        write(change, reply);
                        return;
                    }
                    reply.accept(
                            switch (look) {
                                case LeaseRegisters.Look.There(
                                                Lease ignored,
                                                ArbiterOutcome.Read read) ->
                                        new ArbiterOutcome.Conflict(read, false);
                                case LeaseRegisters.Look.Nothing nothing ->
                                        new ArbiterOutcome.Conflict(nothing.read(), false);
                                case LeaseRegisters.Look.Failed(String cause) ->
                                        new ArbiterOutcome.Unavailable(cause);
                                case LeaseRegisters.Look.Rejected(String cause, boolean ignored) ->
                                        new ArbiterOutcome.Refused(cause);
                            });
                });
    }

    private void write(LeaseRegisters.Change change, Consumer<ArbiterOutcome.OfSwap> reply) {
        registers.write(
                change,
                ending -> {
                    switch (ending) {
                        case LeaseCalls.Ending.Found(Lease lease, boolean ignored) -> {
                            if (lease.record().equals(change.record())) {
                                registers.wrote(change, lease);
                                reply.accept(new ArbiterOutcome.Swapped(lease.revision()));
                            } else {
                                reply.accept(
                                        unknown(
                                                change,
                                                "the API server put another record into the Lease than it was given; no admission webhook may change the Leases of hastd"));
                            }
                        }
                        case LeaseCalls.Ending.Conflict(String cause, boolean lost) ->
                                conflict(change, cause, lost, reply);
                        case LeaseCalls.Ending.Absent(boolean lost) ->
                                conflict(change, "the Lease is gone", lost, reply);
                        case LeaseCalls.Ending.Failed(String cause, boolean lost) ->
                                reply.accept(
                                        lost
                                                ? unknown(change, cause)
                                                : new ArbiterOutcome.Unavailable(cause));
                        case LeaseCalls.Ending.Rejected(String cause, boolean lost) ->
                                reply.accept(
                                        lost
                                                ? unknown(change, cause)
                                                : new ArbiterOutcome.Refused(cause));
                    }
                });
    }

    /// The last try was turned down. An earlier one that was lost, or one that something on the way
    /// had doubled, may have been the reason.
    private void conflict(
            LeaseRegisters.Change change,
            String cause,
            boolean lost,
            Consumer<ArbiterOutcome.OfSwap> reply) {
        // Asked before the look, which forgets it.
        final boolean mayBeOurs = lost || registers.lostBefore(change);
        registers.look(
                change.resourceName(),
                look ->
                        reply.accept(
                                switch (look) {
                                    case LeaseRegisters.Look.There(
                                                    Lease lease,
                                                    ArbiterOutcome.Read read) ->
                                            there(change, lease, read, mayBeOurs, lost, cause);
                                    case LeaseRegisters.Look.Nothing nothing ->
                                            change.from().equals(Revision.ABSENT)
                                                    ? undecided(change, lost, cause)
                                                    : new ArbiterOutcome.Conflict(
                                                            nothing.read(), true);
                                    case LeaseRegisters.Look.Failed(String why) ->
                                            undecided(change, true, why);
                                    case LeaseRegisters.Look.Rejected(
                                                    String why,
                                                    boolean thereIsOne) ->
                                            lost || !thereIsOne
                                                    ? unknown(change, why)
                                                    : new ArbiterOutcome.Refused(why);
                                }));
    }

    private ArbiterOutcome.OfSwap there(
            LeaseRegisters.Change change,
            Lease lease,
            ArbiterOutcome.Read read,
            boolean mayBeOurs,
            boolean lost,
            String cause) {
        if (lease.change().equals(change.number())
                || (mayBeOurs && lease.record().equals(change.record()))) {
            registers.wrote(change, lease);
            return new ArbiterOutcome.Swapped(lease.revision());
        }
        if (lease.revision().equals(change.from())) {
            return undecided(change, lost, cause);
        }
        // Where another change came right after the version that ours names, ours never stood.
        return new ArbiterOutcome.Conflict(read, !lease.replaces().equals(replaced(change)));
    }

    private static String replaced(LeaseRegisters.Change change) {
        return change.from().equals(Revision.ABSENT) ? Lease.NOTHING : change.from().toString();
    }

    private ArbiterOutcome.OfSwap undecided(
            LeaseRegisters.Change change, boolean lost, String cause) {
        return lost ? unknown(change, cause) : new ArbiterOutcome.Unavailable(cause);
    }

    private ArbiterOutcome.Unknown unknown(LeaseRegisters.Change change, String cause) {
        registers.lost(change);
        return new ArbiterOutcome.Unknown(cause);
    }

    private void onWorker(Runnable otherwise, Runnable task) {
        try {
            worker.execute(() -> {
                if (registers.calls().closed()) {
                    otherwise.run();
                } else {
                    task.run();
                }
            });
        } catch (RejectedExecutionException e) {
            otherwise.run();
        }
    }
}
