package dev.hast.core.replication;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// Continuations of the rarer commands: metadata, flushes, hashes, the arbiter. Tokens are
/// negative, so they are never an operation's.
final class Completions {

    /// A hash command's continuation.
    @FunctionalInterface
    interface Hashed {
        void hashed(int result, long[] hashes);
    }

    private final Map<Long, IntConsumer> io = new HashMap<>();
    private final Map<Long, Hashed> hashes = new HashMap<>();
    private final Map<Long, Consumer<ArbiterAnswer>> arbiter = new HashMap<>();
    private long last;

    long io(IntConsumer then) {
        io.put(--last, then);
        return last;
    }

    long hash(Hashed then) {
        hashes.put(--last, then);
        return last;
    }

    long arbiter(Consumer<ArbiterAnswer> then) {
        arbiter.put(--last, then);
        return last;
    }

    void completed(long token, int result) {
        final @Nullable IntConsumer then = io.remove(token);
        if (then != null) {
            then.accept(result);
        }
    }

    void hashed(long token, int result, long[] found) {
        final @Nullable Hashed then = hashes.remove(token);
        if (then != null) {
            then.hashed(result, found);
        }
    }

    void answered(long token, ArbiterAnswer answer) {
        final @Nullable Consumer<ArbiterAnswer> then = arbiter.remove(token);
        if (then != null) {
            then.accept(answer);
        }
    }
}
