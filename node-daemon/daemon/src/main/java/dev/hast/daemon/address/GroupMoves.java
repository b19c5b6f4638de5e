package dev.hast.daemon.address;

import dev.hast.core.address.Election;
import dev.hast.core.address.TransitionReason;
import dev.hast.daemon.address.Storage.Standing;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Moves what an address follows: all its resources as one group, all or none, and what is mounted
/// and runs on them.
///
/// Up: gather the resources here, mount, start services. Down: stop services, unmount, give the
/// resources to who shall have them. Each runs elsewhere, one after the other, and tells the
/// election on the loop.
final class GroupMoves {

    private static final Duration GATHER_MAX = Duration.ofSeconds(15);
    private static final Duration ORDER_MAX = Duration.ofSeconds(10);
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);
    private static final Duration ASK_EVERY = Duration.ofMillis(300);

    private final AddressNode node;
    private final List<String> follows;
    private final ServiceSteps steps;
    private final StepTimes times;
    private final Consumer<Consumer<Election>> onLoop;
    private final ReentrantLock oneAtATime = new ReentrantLock(true);

    /// Where each resource was before this node took it.
    private final Map<String, String> gainedFrom = new LinkedHashMap<>();

    private volatile boolean promoting;
    private volatile Optional<String> successor = Optional.empty();

    /// @param onLoop runs something with the election, on the loop
    GroupMoves(
            AddressNode node,
            List<String> follows,
            ServiceSteps steps,
            StepTimes times,
            Consumer<Consumer<Election>> onLoop) {
        this.node = node;
        this.follows = List.copyOf(follows);
        this.steps = steps;
        this.times = times;
        this.onLoop = onLoop;
    }

    /// Who shall have the resources when this node yields; empty: who can.
    void successor(Optional<String> next) {
        successor = next;
    }

    // --- up ---

    void promote() {
        promoting = true;
        node.blocking()
                .execute(() -> {
                    oneAtATime.lock();
                    try {
                        final long begun = System.nanoTime();
                        gather();
                        times.done("resources", begun);
                        steps.up();
                        final Entitlement now = entitlement();
                        if (!now.whole()) {
                            throw new AddressException(
                                    "the resources left again: " + now.lacking());
                        }
                        onLoop.accept(election ->
                                election.promotionDone(
                                        now.epoch(), now.until(), System.nanoTime()));
                    } catch (AddressException e) {
                        onLoop.accept(election ->
                                election.promotionFailed(
                                        String.valueOf(e.getMessage()), System.nanoTime()));
                    } finally {
                        oneAtATime.unlock();
                    }
                });
    }

    /// Waits until all are primary here. Who is primary elsewhere hands over when it hears the
    /// claim; what has no primary is promoted.
    private void gather() throws AddressException {
        final long until = System.nanoTime() + GATHER_MAX.toNanos();
        long askAt = System.nanoTime();
        String refusal = "";
        gainedFrom.clear();
        while (promoting) {
            final List<String> missing =
                    follows.stream()
                            .filter(name -> !node.storage().standing(name).primaryHere())
                            .toList();
            if (missing.isEmpty()) {
                return;
            }
            if (System.nanoTime() >= until) {
                throw new AddressException(
                        "%s did not become primary here within %d s%s"
                                .formatted(
                                        String.join(", ", missing),
                                        GATHER_MAX.toSeconds(),
                                        refusal.isEmpty() ? "" : ": " + refusal));
            }
            if (System.nanoTime() >= askAt) {
                refusal = ask(missing);
                askAt = System.nanoTime() + ASK_EVERY.toNanos();
            }
            rest();
        }
        throw new AddressException("it was called off");
    }

    private String ask(List<String> missing) {
        String refusal = "";
        for (String name : missing) {
            final Standing standing = node.storage().standing(name);
            standing.primary()
                    .filter(primary -> !primary.equals(node.name()))
                    .ifPresent(primary -> gainedFrom.putIfAbsent(name, primary));
            // One that has a primary moves by itself: handed over, or taken over when that is dead.
            if (standing.primary().isEmpty()) {
                try {
                    await(node.storage().promote(name));
                } catch (AddressException e) {
                    refusal = String.valueOf(e.getMessage());
                }
            }
        }
        return refusal;
    }

    private static void rest() throws AddressException {
        try {
            Thread.sleep(LOOK_EVERY);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AddressException("the daemon stops", e);
        }
    }

    // --- down ---

    void yield(TransitionReason reason) {
        promoting = false;
        final Optional<String> next = successor;
        successor = Optional.empty();
        node.blocking()
                .execute(() -> {
                    oneAtATime.lock();
                    try {
                        final boolean mayServe = entitlement().whole();
                        steps.down(!mayServe);
                        if (mayServe) {
                            final long begun = System.nanoTime();
                            give(reason, next);
                            times.done("hand-over", begun);
                        }
                        onLoop.accept(election -> election.yieldDone(System.nanoTime()));
                    } catch (AddressException e) {
                        onLoop.accept(election ->
                                election.yieldFailed(
                                        String.valueOf(e.getMessage()), System.nanoTime()));
                    } finally {
                        oneAtATime.unlock();
                    }
                });
    }

    /// To the one that was named; to whom they came from; or to one that can have them all. When
    /// there is none they stay.
    private void give(TransitionReason reason, Optional<String> next) throws AddressException {
        if (reason == TransitionReason.PROMOTION_FAILED) {
            giveBack();
            return;
        }
        final Optional<String> to = next.or(this::anySuccessor);
        if (to.isEmpty()) {
            return;
        }
        for (String name : follows) {
            if (node.storage().standing(name).primaryHere()) {
                await(node.storage().handOver(name, to.get()));
            }
        }
    }

    private void giveBack() throws AddressException {
        for (Map.Entry<String, String> gained : gainedFrom.entrySet()) {
            final Standing standing = node.storage().standing(gained.getKey());
            if (standing.primaryHere() && standing.successors().contains(gained.getValue())) {
                await(node.storage().handOver(gained.getKey(), gained.getValue()));
            }
        }
    }

    /// A node that could take over every resource.
    Optional<String> anySuccessor() {
        return follows.stream()
                .map(name -> List.copyOf(node.storage().standing(name).successors()))
                .reduce((one, other) -> one.stream().filter(other::contains).toList())
                .flatMap(nodes -> nodes.stream().findFirst());
    }

    boolean canTakeOver(String other) {
        return follows.stream()
                .allMatch(name -> node.storage().standing(name).successors().contains(other));
    }

    private static void await(CompletableFuture<String> order) throws AddressException {
        try {
            order.get(ORDER_MAX.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw new AddressException(
                    String.valueOf(e.getCause() == null ? e : e.getCause().getMessage()), e);
        } catch (TimeoutException e) {
            throw new AddressException("no answer within " + ORDER_MAX.toSeconds() + " s", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AddressException("the daemon stops", e);
        }
    }

    // --- how it stands ---

    /// Whether this node may serve all that is followed.
    ///
    /// @param epoch grows with each move
    /// @param until the first of them ends
    /// @param lacking those that are not primary here
    record Entitlement(boolean whole, long epoch, long until, String lacking) {}

    Entitlement entitlement() {
        final long now = System.nanoTime();
        long epoch = 0;
        long until = Long.MAX_VALUE;
        for (String name : follows) {
            final Standing standing = node.storage().standing(name);
            epoch += standing.epoch();
            until =
                    standing.primaryHere()
                            ? Math.min(until, standing.servingUntil())
                            : Long.MIN_VALUE;
            if (until == Long.MIN_VALUE) {
                break;
            }
        }
        final String lacking =
                follows.stream()
                        .filter(name -> !node.storage().standing(name).primaryHere())
                        .collect(Collectors.joining(", "));
        return new Entitlement(until > now, epoch, until, lacking);
    }

    /// Whether every resource could be primary here.
    boolean promotable() {
        return follows.stream().allMatch(name -> node.storage().standing(name).promotable());
    }

    /// Hands over what this node has of a group that somebody else gathers.
    void handOverParts(String to) {
        node.blocking()
                .execute(() -> {
                    if (!oneAtATime.tryLock()) {
                        return;
                    }
                    try {
                        for (String name : follows) {
                            final Standing standing = node.storage().standing(name);
                            if (standing.primaryHere() && standing.successors().contains(to)) {
                                await(node.storage().handOver(name, to));
                            }
                        }
                    } catch (AddressException e) {
                        node.events()
                                .notice(String.join(", ", follows), String.valueOf(e.getMessage()));
                    } finally {
                        oneAtATime.unlock();
                    }
                });
    }
}
