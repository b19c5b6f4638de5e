package dev.hast.daemon.arbiter;

import dev.hast.core.configuration.Configuration;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/// The arbiter of those who want none: there is no register, every call is answered that way, and a
/// person sets each role, as with HAST.
///
/// Nothing then keeps two replicas from being primary at the same time. The status shows
/// [#WARNING].
public final class NoArbiter implements Arbiter {

    /// For the status, the log and the command line.
    public static final String WARNING =
            "arbiter none: roles are set by hand and nothing prevents two primaries. If both replicas are"
                    + " written to while they cannot reach each other, that is split-brain, and the writes of one of them will be lost. Make one"
                    + " replica secondary before the other becomes primary, or name an etcd as the arbiter.";

    private static final ArbiterOutcome.Unavailable ANSWER =
            new ArbiterOutcome.Unavailable(
                    "arbiter none: there is no register; set the role by hand (hastctl role), or name an etcd as the arbiter");

    @Override
    public ArbiterKind kind() {
        return ArbiterKind.NONE;
    }

    @Override
    public void read(
            String resourceName,
            Executor executor,
            Consumer<? super ArbiterOutcome.OfRead> answer) {
        Arbiter.requireName(resourceName);
        executor.execute(() -> answer.accept(ANSWER));
    }

    @Override
    public void compareAndSet(
            String resourceName,
            Revision expected,
            Configuration proposed,
            Executor executor,
            Consumer<? super ArbiterOutcome.OfSwap> answer) {
        Arbiter.requireName(resourceName);
        executor.execute(() -> answer.accept(ANSWER));
    }

    /// Never hints.
    @Override
    public Watch watch(String resourceName, Executor executor, Runnable hint) {
        Arbiter.requireName(resourceName);
        return () -> {};
    }

    @Override
    public void close() {}
}
