package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.configuration.Configuration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// Calls an arbiter as a resource does, from an event loop of its own, and waits for the answer;
/// checks that it comes on that loop, once.
final class Calls implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 60;

    private final Arbiter arbiter;
    private final ExecutorService loop;
    private volatile Thread loopThread;

    Calls(Arbiter arbiter) {
        this.arbiter = arbiter;
        this.loop =
                Executors.newSingleThreadExecutor(task -> {
                    loopThread = Thread.ofPlatform().name("test-loop").daemon().unstarted(task);
                    return loopThread;
                });
    }

    Arbiter arbiter() {
        return arbiter;
    }

    ArbiterOutcome.OfRead read(String name) {
        final var future = new CompletableFuture<ArbiterOutcome.OfRead>();
        loop.execute(() -> arbiter.read(name, loop, outcome -> complete(future, outcome)));
        return wait(future);
    }

    ArbiterOutcome.OfSwap swap(String name, Revision expected, Configuration proposed) {
        final var future = new CompletableFuture<ArbiterOutcome.OfSwap>();
        loop.execute(() ->
                arbiter.compareAndSet(
                        name, expected, proposed, loop, outcome -> complete(future, outcome)));
        return wait(future);
    }

    /// Reads a register that is there.
    ArbiterOutcome.Read found(String name) {
        final var outcome = read(name);
        assertThat(outcome).isInstanceOf(ArbiterOutcome.Read.class);
        return (ArbiterOutcome.Read) outcome;
    }

    /// Swaps with success.
    Revision swapped(String name, Revision expected, Configuration proposed) {
        final var outcome = swap(name, expected, proposed);
        assertThat(outcome).isInstanceOf(ArbiterOutcome.Swapped.class);
        return ((ArbiterOutcome.Swapped) outcome).revision();
    }

    @Override
    public void close() {
        arbiter.close();
        loop.shutdownNow();
    }

    private <T> void complete(CompletableFuture<T> future, T outcome) {
        if (!Thread.currentThread().equals(loopThread)) {
            future.completeExceptionally(
                    new AssertionError("answered on " + Thread.currentThread()));
        } else if (!future.complete(outcome)) {
            throw new AssertionError("answered twice, the second time with " + outcome);
        }
    }

    private static <T> T wait(CompletableFuture<T> future) {
        return future.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).join();
    }
}
