package dev.hast.daemon.arbiter;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.replication.ArbiterAnswer;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One resource's register as its replica sees it: compared by configuration instead of by
/// revision. Owned by the resource's event loop, on which it is called and answers.
///
/// A configuration never comes back once it was replaced (its epoch only grows, and its reigns are
/// tagged at random), so comparing configurations is as good as comparing revisions. The reverse is
/// not so: a store may raise the revision under an unchanged configuration, which must not look
/// like a conflict.
public final class ConfigurationRegister {

    /// How often the revision may move under an unchanged configuration within one call. More is
    /// another fault than that.
    private static final int MOVES_MAX = 8;

    private final Arbiter arbiter;
    private final String resourceName;
    private final Executor loop;
    private ArbiterOutcome.@Nullable Read last;

    /// @param loop the event loop of the resource
    public ConfigurationRegister(Arbiter arbiter, String resourceName, Executor loop) {
        this.arbiter = arbiter;
        this.resourceName = Arbiter.requireName(resourceName);
        this.loop = loop;
    }

    public void read(Consumer<? super ArbiterAnswer> answer) {
        arbiter.read(
                resourceName,
                loop,
                outcome -> {
                    switch (outcome) {
                        case ArbiterOutcome.Read read -> {
                            last = read;
                            answer.accept(new ArbiterAnswer.Current(configuration(read)));
                        }
                        case ArbiterOutcome.Unavailable(String cause) ->
                                answer.accept(new ArbiterAnswer.Unavailable(cause));
                        case ArbiterOutcome.Refused(String cause) ->
                                answer.accept(new ArbiterAnswer.Unavailable(cause));
                    }
                });
    }

    /// @param expected what the register must hold, or null for nothing
    public void compareAndSet(
            @Nullable Configuration expected,
            Configuration next,
            Consumer<? super ArbiterAnswer> answer) {
        final var known = last;
        if (known != null && Optional.ofNullable(expected).equals(known.configuration())) {
            swap(known, next, MOVES_MAX, answer);
            return;
        }
        arbiter.read(
                resourceName,
                loop,
                outcome -> {
                    switch (outcome) {
                        case ArbiterOutcome.Read read -> {
                            last = read;
                            if (Optional.ofNullable(expected).equals(read.configuration())) {
                                swap(read, next, MOVES_MAX, answer);
                            } else {
                                answer.accept(new ArbiterAnswer.Conflict(configuration(read)));
                            }
                        }
                        case ArbiterOutcome.Unavailable(String cause) ->
                                answer.accept(new ArbiterAnswer.Unavailable(cause));
                        case ArbiterOutcome.Refused(String cause) ->
                                answer.accept(new ArbiterAnswer.Unavailable(cause));
                    }
                });
    }

    private void swap(
            ArbiterOutcome.Read from,
            Configuration next,
            int moves,
            Consumer<? super ArbiterAnswer> answer) {
        arbiter.compareAndSet(
                resourceName,
                from.revision(),
                next,
                loop,
                outcome -> {
                    switch (outcome) {
                        case ArbiterOutcome.Swapped(Revision revision) -> {
                            last = new ArbiterOutcome.Read(Optional.of(next), revision);
                            answer.accept(new ArbiterAnswer.Swapped());
                        }
                        case ArbiterOutcome.Conflict(
                                        ArbiterOutcome.Read current,
                                        boolean ignored) -> {
                            last = current;
                            if (moves > 0 && current.configuration().equals(from.configuration())) {
                                swap(current, next, moves - 1, answer);
                            } else {
                                answer.accept(new ArbiterAnswer.Conflict(configuration(current)));
                            }
                        }
                        case ArbiterOutcome.Unknown(String cause) ->
                                answer.accept(new ArbiterAnswer.Unknown(cause));
                        case ArbiterOutcome.Unavailable(String cause) ->
                                answer.accept(new ArbiterAnswer.Unavailable(cause));
                        case ArbiterOutcome.Refused(String cause) ->
                                answer.accept(new ArbiterAnswer.Unavailable(cause));
                    }
                });
    }

    private static @Nullable Configuration configuration(ArbiterOutcome.Read read) {
        return read.configuration().orElse(null);
    }
}
