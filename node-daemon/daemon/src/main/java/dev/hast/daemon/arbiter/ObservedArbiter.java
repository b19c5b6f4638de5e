package dev.hast.daemon.arbiter;

import dev.hast.core.configuration.Configuration;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An arbiter whose answers are noted: whether it answers, since when not and why, and how long
/// each call took. Changes nothing of them.
public final class ObservedArbiter implements Arbiter {

    private static final Logger LOG = LoggerFactory.getLogger(ObservedArbiter.class);

    /// Kinds of answers.
    public enum Answer {
        READ,
        SWAPPED,
        CONFLICT,
        UNKNOWN,
        UNAVAILABLE,
        REFUSED
    }

    /// Hears of each answer, on whatever thread it came. Must be quick.
    @FunctionalInterface
    public interface Observer {
        void answered(boolean read, Answer answer, long nanos);
    }

    /// What the last answer says of the arbiter.
    ///
    /// @param heard whether there was an answer at all yet
    /// @param reachable whether the last one was an answer of the register
    /// @param lastError of the last that was none; empty when there is nothing to say
    public record Health(boolean heard, boolean reachable, String lastError) {}

    private final Arbiter arbiter;
    private final Observer observer;
    private volatile Health health = new Health(false, false, "");

    public ObservedArbiter(Arbiter arbiter, Observer observer) {
        this.arbiter = arbiter;
        this.observer = observer;
    }

    public Health health() {
        return health;
    }

    @Override
    public ArbiterKind kind() {
        return arbiter.kind();
    }

    @Override
    public void read(
            String resourceName,
            Executor executor,
            Consumer<? super ArbiterOutcome.OfRead> answer) {
        arbiter.read(resourceName, executor, observed(true, answer));
    }

    @Override
    public void compareAndSet(
            String resourceName,
            Revision expected,
            Configuration proposed,
            Executor executor,
            Consumer<? super ArbiterOutcome.OfSwap> answer) {
        arbiter.compareAndSet(resourceName, expected, proposed, executor, observed(false, answer));
    }

    /// The time counts from here.
    private <T extends ArbiterOutcome> Consumer<T> observed(
            boolean read, Consumer<? super T> answer) {
        final long begun = System.nanoTime();
        return outcome -> {
            note(read, outcome, System.nanoTime() - begun);
            answer.accept(outcome);
        };
    }

    private void note(boolean read, ArbiterOutcome outcome, long nanos) {
        switch (outcome) {
            case ArbiterOutcome.Read ignored -> answered(read, Answer.READ, nanos);
            case ArbiterOutcome.Swapped ignored -> answered(read, Answer.SWAPPED, nanos);
            case ArbiterOutcome.Conflict ignored -> answered(read, Answer.CONFLICT, nanos);
            case ArbiterOutcome.Unknown(String cause) -> failed(read, Answer.UNKNOWN, nanos, cause);
            case ArbiterOutcome.Unavailable(String cause) ->
                    failed(read, Answer.UNAVAILABLE, nanos, cause);
            case ArbiterOutcome.Refused(String cause) -> failed(read, Answer.REFUSED, nanos, cause);
        }
    }

    private void answered(boolean read, Answer answer, long nanos) {
        observer.answered(read, answer, nanos);
        final Health before = health;
        if (!before.reachable) {
            health = new Health(true, true, "");
            if (before.heard && kind() != ArbiterKind.NONE) {
                LOG.atInfo().log("the arbiter answers again");
            }
        }
    }

    private void failed(boolean read, Answer answer, long nanos, String cause) {
        observer.answered(read, answer, nanos);
        final Health before = health;
        if (before.heard && !before.reachable && before.lastError.equals(cause)) {
            return;
        }
        health = new Health(true, false, cause);
        if (kind() == ArbiterKind.NONE) {
            return;
        }
        // Refused is for a person: trying again will not mend it.
        if (answer == Answer.REFUSED) {
            LOG.atError().log("the arbiter refuses this node: {}", cause);
        } else {
            LOG.atWarn().log("the arbiter does not answer: {}", cause);
        }
    }

    @Override
    public Watch watch(String resourceName, Executor executor, Runnable hint) {
        return arbiter.watch(resourceName, executor, hint);
    }

    @Override
    public void close() {
        arbiter.close();
    }
}
