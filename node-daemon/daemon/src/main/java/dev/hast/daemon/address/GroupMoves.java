package dev.hast.daemon.address;

import dev.hast.core.address.TransitionReason;
import dev.hast.daemon.address.Storage.Standing;
import dev.hast.daemon.document.VirtualIpDocument;
import dev.hast.daemon.document.VirtualIpDocument.Holder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;

/// Moves what an address follows: all its resources as one group, all or none, and what is mounted
/// and runs on them.
///
/// Up: gather the resources here, mount, start services. Down: stop services, unmount, give the
/// resources to who shall have them. Each runs elsewhere, one after the other, and tells the
/// election on the loop. Any thread.
final class GroupMoves {

    private static final Duration GATHER_MAX = Duration.ofSeconds(15);
    private static final Duration ORDER_MAX = Duration.ofSeconds(10);
    private static final Duration LOOK_EVERY = Duration.ofMillis(20);
    private static final Duration ASK_EVERY = Duration.ofMillis(300);

    /// Between tries to take down what could not be; doubled each time.
    private static final long AGAIN_FIRST = Duration.ofSeconds(1).toNanos();

    private static final long AGAIN_MAX = Duration.ofSeconds(15).toNanos();

    private final Site site;
    private final List<String> follows;
    private final ServiceSteps steps;
    private final StepTimes times;
    private final Outcome outcome;
    private final ReentrantLock oneAtATime = new ReentrantLock(true);

    /// Where each resource was before this node took it. Changed under the lock.
    private final Map<String, String> gainedFrom =
            Collections.synchronizedMap(new LinkedHashMap<>());

    private volatile List<Holder> holders;
    private volatile boolean promoting;
    private volatile boolean staying;
    private volatile Optional<String> successor = Optional.empty();
    private volatile Optional<TransitionReason> unfinished = Optional.empty();
    private volatile boolean takingDown;
    private volatile long againAt;
    private volatile long pause = AGAIN_FIRST;

    /// Where it moves things.
    ///
    /// @param node this one
    /// @param blocking runs what may block, one thread a task
    record Site(String node, Executor blocking, Storage storage, AddressEvents events) {}

    /// Hears how it went. Called on other threads than the loop.
    interface Outcome {
        void promoted(Entitlement entitlement);

        void notPromoted(String cause);

        void yielded();

        void notYielded(String cause);
    }

    GroupMoves(
            Site site,
            VirtualIpDocument document,
            ServiceSteps steps,
            StepTimes times,
            Outcome outcome) {
        this.site = site;
        this.follows = document.follows();
        this.holders = document.holders();
        this.steps = steps;
        this.times = times;
        this.outcome = outcome;
    }

    /// Another document that follows the same.
    void document(VirtualIpDocument document) {
        holders = document.holders();
        steps.document(document);
    }

    /// Who shall have the resources when this node yields; empty: who can.
    void successor(Optional<String> next) {
        successor = next;
    }

    /// The daemon is back at once: from now on everything stays where it is, and up.
    void stay() {
        staying = true;
    }

    // --- up ---

    void promote() {
        promoting = true;
        site.blocking()
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
                        outcome.promoted(now);
                    } catch (AddressException e) {
                        outcome.notPromoted(String.valueOf(e.getMessage()));
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
            final List<String> missing = missing();
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

    private List<String> missing() {
        return follows.stream().filter(name -> !standing(name).primaryHere()).toList();
    }

    private Standing standing(String name) {
        return site.storage().standing(name);
    }

    private String ask(List<String> missing) {
        String refusal = "";
        for (String name : missing) {
            final Standing standing = standing(name);
            standing.primary()
                    .filter(primary -> !primary.equals(site.node()))
                    .ifPresent(primary -> gainedFrom.putIfAbsent(name, primary));
            // One that has a primary moves by itself: handed over, or taken over when that is dead.
            if (standing.primary().isEmpty()) {
                try {
                    await(site.storage().promote(name));
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
        pause = AGAIN_FIRST;
        takeDown(reason);
    }

    /// Tries again what could not be taken down, if there is something and it is time.
    void again(long now) {
        final Optional<TransitionReason> reason = unfinished;
        if (reason.isPresent() && !takingDown && now - againAt >= 0) {
            pause = Math.min(2 * pause, AGAIN_MAX);
            takeDown(reason.get());
        }
    }

    private void takeDown(TransitionReason reason) {
        takingDown = true;
        unfinished = Optional.empty();
        site.blocking()
                .execute(() -> {
                    oneAtATime.lock();
                    try {
                        if (!staying) {
                            final boolean mayServe = entitlement().whole();
                            steps.down(!mayServe);
                            final long begun = System.nanoTime();
                            give(reason);
                            times.done("hand-over", begun);
                        }
                        successor = Optional.empty();
                        outcome.yielded();
                    } catch (AddressException e) {
                        againAt = System.nanoTime() + pause;
                        unfinished = Optional.of(reason);
                        takingDown = false; // first: who hears of it may try again at once
                        outcome.notYielded(String.valueOf(e.getMessage()));
                    } finally {
                        takingDown = false;
                        oneAtATime.unlock();
                    }
                });
    }

    /// All go to one node: the one that was named, or one that may hold the addresses. When there
    /// is none that could take them all, they stay. What was gathered in vain goes back.
    private void give(TransitionReason reason) throws AddressException {
        final List<String> here =
                follows.stream().filter(name -> standing(name).primaryHere()).toList();
        final boolean whole = here.size() == follows.size();
        if (reason == TransitionReason.PROMOTION_FAILED || !whole && successor.isEmpty()) {
            giveBack();
            return;
        }
        final Optional<String> to =
                successor.filter(named -> canTakeOver(here, named)).or(() -> successorOf(here));
        if (to.isPresent()) {
            // If one of them fails the rest still has to go there.
            successor = to;
            for (String name : here) {
                await(site.storage().handOver(name, to.get()));
            }
        }
    }

    private void giveBack() throws AddressException {
        for (Map.Entry<String, String> gained : gainedFrom.entrySet()) {
            final Standing standing = standing(gained.getKey());
            if (standing.primaryHere() && standing.successors().contains(gained.getValue())) {
                await(site.storage().handOver(gained.getKey(), gained.getValue()));
            }
        }
    }

    /// A node that may hold the addresses and could take over every resource; of several the one
    /// with the smallest advskew.
    Optional<String> anySuccessor() {
        return successorOf(follows);
    }

    private Optional<String> successorOf(List<String> names) {
        return holders.stream()
                .sorted(Comparator.comparingInt(Holder::advskew))
                .map(Holder::node)
                .filter(node -> !node.equals(site.node()) && canTakeOver(names, node))
                .findFirst();
    }

    boolean canTakeOver(String other) {
        return canTakeOver(follows, other);
    }

    private boolean canTakeOver(List<String> names, String other) {
        return !names.isEmpty()
                && names.stream().allMatch(name -> standing(name).successors().contains(other));
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

    /// Of how many resources it is known from whom they come.
    int seenPrimaries() {
        return gainedFrom.size();
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
        final List<String> lacking = new ArrayList<>();
        for (String name : follows) {
            final Standing standing = standing(name);
            epoch += standing.epoch();
            if (standing.primaryHere()) {
                until = Math.min(until, standing.servingUntil());
            } else {
                until = Long.MIN_VALUE;
                lacking.add(name);
            }
        }
        return new Entitlement(until > now, epoch, until, String.join(", ", lacking));
    }

    /// Whether every resource could be primary here.
    boolean promotable() {
        return notPromotable().isEmpty();
    }

    /// Those that could not: they keep all of them, and the addresses, away from here.
    List<String> notPromotable() {
        return follows.stream().filter(name -> !standing(name).promotable()).toList();
    }

    /// Takes down what an earlier daemon has left up, once the resources are seen to be primary on
    /// another node: it is no use any more, and its device is dead.
    void clearLeftOver() {
        final boolean elsewhere =
                follows.stream()
                        .anyMatch(name ->
                                standing(name)
                                        .primary()
                                        .filter(node -> !node.equals(site.node()))
                                        .isPresent());
        if (steps.leftOver() && elsewhere) {
            meanwhile(() -> {
                if (steps.leftOver() && !entitlement().whole()) {
                    steps.down(true);
                    site.events()
                            .notice(
                                    String.join(", ", follows),
                                    "what an earlier daemon has left mounted or running was taken down");
                }
            });
        }
    }

    /// Hands over what this node has of a group that somebody else gathers.
    void handOverParts(String to) {
        meanwhile(() -> {
            for (String name : follows) {
                final Standing standing = standing(name);
                if (standing.primaryHere() && standing.successors().contains(to)) {
                    await(site.storage().handOver(name, to));
                }
            }
        });
    }

    @FunctionalInterface
    private interface Task {
        void run() throws AddressException;
    }

    /// Only if nothing else is under way.
    private void meanwhile(Task task) {
        site.blocking()
                .execute(() -> {
                    if (!oneAtATime.tryLock()) {
                        return;
                    }
                    try {
                        task.run();
                    } catch (AddressException e) {
                        site.events()
                                .notice(String.join(", ", follows), String.valueOf(e.getMessage()));
                    } finally {
                        oneAtATime.unlock();
                    }
                });
    }
}
