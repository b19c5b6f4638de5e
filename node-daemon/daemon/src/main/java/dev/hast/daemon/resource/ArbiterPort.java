package dev.hast.daemon.resource;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.replication.ArbiterAnswer;
import dev.hast.daemon.arbiter.Arbiter;
import dev.hast.daemon.arbiter.ArbiterOutcome;
import dev.hast.daemon.arbiter.Revision;
import io.netty.channel.EventLoop;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The arbiter as the core knows it: it compares configurations, the register compares revisions.
///
/// Remembers the last configuration seen with its revision, so that a change is one round trip as
/// long as nobody else makes one.
final class ArbiterPort {

    private final Arbiter arbiter;
    private final String resource;
    private final EventLoop loop;
    private ArbiterOutcome.@Nullable Read last;

    ArbiterPort(Arbiter arbiter, String resource, EventLoop loop) {
        this.arbiter = arbiter;
        this.resource = resource;
        this.loop = loop;
    }

    void read(Consumer<ArbiterAnswer> then) {
        arbiter.read(
                resource,
                loop,
                outcome -> {
                    if (outcome instanceof ArbiterOutcome.Read found) {
                        last = found;
                    }
                    then.accept(answer(outcome));
                });
    }

    void compareAndSet(
            @Nullable Configuration expected, Configuration next, Consumer<ArbiterAnswer> then) {
        final ArbiterOutcome.Read known = last;
        if (known != null && same(known, expected)) {
            swap(known.revision(), next, then);
            return;
        }
        read(answer -> {
            final ArbiterOutcome.Read found = last;
            if (!(answer instanceof ArbiterAnswer.Current(Configuration current))
                    || found == null) {
                then.accept(answer);
            } else if (same(found, expected)) {
                swap(found.revision(), next, then);
            } else {
                then.accept(new ArbiterAnswer.Conflict(current));
            }
        });
    }

    private static boolean same(ArbiterOutcome.Read found, @Nullable Configuration expected) {
        return expected == null
                ? found.configuration().isEmpty()
                : found.configuration().filter(expected::equals).isPresent();
    }

    private void swap(Revision revision, Configuration next, Consumer<ArbiterAnswer> then) {
        arbiter.compareAndSet(
                resource,
                revision,
                next,
                loop,
                outcome -> {
                    last =
                            switch (outcome) {
                                case ArbiterOutcome.Swapped(Revision now) ->
                                        new ArbiterOutcome.Read(java.util.Optional.of(next), now);
                                case ArbiterOutcome.Conflict(
                                                ArbiterOutcome.Read current,
                                                boolean held) ->
                                        current;
                                default -> null;
                            };
                    then.accept(answer(outcome));
                });
    }

    private static ArbiterAnswer answer(ArbiterOutcome outcome) {
        return switch (outcome) {
            case ArbiterOutcome.Read read ->
                    new ArbiterAnswer.Current(read.configuration().orElse(null));
            case ArbiterOutcome.Swapped swapped -> new ArbiterAnswer.Swapped();
            case ArbiterOutcome.Conflict conflict ->
                    new ArbiterAnswer.Conflict(conflict.current().configuration().orElse(null));
            case ArbiterOutcome.Unknown unknown -> new ArbiterAnswer.Unknown(unknown.cause());
            case ArbiterOutcome.Unavailable away -> new ArbiterAnswer.Unavailable(away.cause());
            case ArbiterOutcome.Refused refused -> new ArbiterAnswer.Unavailable(refused.cause());
        };
    }
}
