package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.Member;
import dev.hast.core.configuration.Reign;
import dev.hast.core.configuration.ReplicaSet;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The orders of people and of the operator: planned hand-over, members, size, an orderly stop.
final class Administration {

    private final ReplicaState state;
    private final Membership membership;
    private final PrimaryRole primary;
    private final SecondaryRole secondary;

    /// What waits for the data path to drain.
    private @Nullable Runnable whenDrained;

    private @Nullable Runnable whenGivenUp;
    private long drainUntil;

    Administration(
            ReplicaState state,
            Membership membership,
            PrimaryRole primary,
            SecondaryRole secondary) {
        this.state = state;
        this.membership = membership;
        this.primary = primary;
        this.secondary = secondary;
    }

    // --- the first configuration ---

    void initialise(long size, AdminAnswer answer) {
        if (state.configuration != null || state.newest != null) {
            answer.answered(false, "the resource has a configuration already");
            return;
        }
        if (size > state.capacity() || size <= 0) {
            answer.answered(
                    false,
                    "the provider holds %d bytes of volume, the document wants %d; enlarge the provider or lower spec.size"
                            .formatted(state.capacity(), size));
            return;
        }
        if (!membership.mayPropose()) {
            answer.answered(false, "another change is on its way; try again");
            return;
        }
        final List<Member> members = new ArrayList<>();
        members.add(new Member(0, state.settings.node()));
        for (Peer peer : state.peers) {
            members.add(new Member(members.size(), peer.node));
        }
        final dev.hast.core.configuration.ResourceId id =
                state.superblock.resource().isNone()
                        ? new dev.hast.core.configuration.ResourceId(
                                state.effects.random(), state.effects.random())
                        : state.superblock.resource();
        final Configuration first =
                new Configuration(
                        id,
                        1,
                        0,
                        ReplicaSet.of(0),
                        members,
                        size,
                        List.of(new Reign(state.effects.random(), 1, 0, false)));
        membership.propose(
                null,
                first,
                "the first configuration",
                done ->
                        answer.answered(
                                done,
                                done
                                        ? "created"
                                        : "another node made the first configuration, or the arbiter did not answer"));
    }

    // --- hand-over and stop ---

    void handOver(String node, AdminAnswer answer) {
        final Peer target = state.peerNamed(node);
        final String obstacle = handOverObstacle(node, target);
        if (obstacle != null || target == null) {
            answer.answered(false, String.valueOf(obstacle));
            return;
        }
        drain(
                () -> handOverDrained(target, answer),
                () ->
                        answer.answered(
                                false,
                                "writes in flight did not finish in time; the primary stays where it is"));
    }

    private void handOverDrained(Peer target, AdminAnswer answer) {
        if (target.ready() && target.receives && !target.lost) {
            giveTo(target, answer);
        } else {
            primary.quiet(false);
            answer.answered(
                    false, target.node + " went away meanwhile; the primary stays where it is");
        }
    }

    void demote(AdminAnswer answer) {
        if (!state.isPrimary() || !membership.mayPropose()) {
            answer.answered(
                    !state.isPrimary(),
                    state.isPrimary() ? "another change is on its way; try again" : "not primary");
            return;
        }
        drain(
                () -> vacate(answer),
                () ->
                        answer.answered(
                                false,
                                "writes in flight did not finish in time; the primary stays where it is"));
    }

    private @Nullable String handOverObstacle(String node, @Nullable Peer target) {
        final Configuration configuration = state.configuration;
        if (!state.isPrimary() || configuration == null) {
            return "this node is not the primary; the order goes to the primary";
        }
        if (target == null) {
            return node + " holds no replica of this resource";
        }
        if (!configuration.inSync().contains(target.slot)) {
            return node + " lacks acknowledged writes; wait until it is in sync";
        }
        if (!target.ready()
                || !target.receives
                || target.lost
                || target.failing != null
                || target.providerFailed != null) {
            return node
                    + " is not connected, or was restarted just now; try again when it is in sync";
        }
        if (!primary.isSettled() || whenDrained != null || !membership.mayPropose()) {
            return "another change is on its way; try again";
        }
        return null;
    }

    private void giveTo(Peer target, AdminAnswer answer) {
        final Configuration from = state.configuration;
        if (from != null) {
            final Reign reign =
                    new Reign(state.effects.random(), from.epoch() + 1, from.epoch(), false);
            stepAside(
                    from,
                    from.promote(target.slot, from.inSync(), reign),
                    "handed over to " + target.node,
                    answer);
        }
    }

    private void vacate(AdminAnswer answer) {
        final Configuration from = state.configuration;
        if (from != null) {
            stepAside(from, from.withoutPrimary(), "demoted by an administrator", answer);
        }
    }

    private void stepAside(
            Configuration from, Configuration next, String cause, AdminAnswer answer) {
        // The others hear that everything is confirmed, so that the next primary has nothing to
        // reconcile.
        primary.pingAll();
        membership.propose(
                from,
                next,
                cause,
                done -> {
                    if (!done) {
                        primary.quiet(false);
                    }
                    answer.answered(
                            done,
                            done
                                    ? cause
                                    : "the arbiter did not agree; see the status and try again");
                });
    }

    /// S11: a primary whose provider has failed hands over to a member that is connected.
    void handOverAfterFailure() {
        final Configuration configuration = state.configuration;
        if (configuration == null || !state.isPrimary() || !membership.mayPropose()) {
            return;
        }
        for (Peer peer : state.peers) {
            if (configuration.inSync().contains(peer.slot)
                    && peer.ready()
                    && peer.failing == null
                    && peer.providerFailed == null
                    && !peer.lost) {
                final Reign reign =
                        new Reign(
                                state.effects.random(),
                                configuration.epoch() + 1,
                                configuration.epoch(),
                                false);
                membership.propose(
                        configuration,
                        configuration.promote(
                                peer.slot, configuration.inSync().without(state.slot), reign),
                        "the primary's provider has failed",
                        done -> {});
                return;
            }
        }
    }

    /// Leaves in an orderly way. `returning`: a planned restart, for which the secondaries hold off
    /// for `holdNanos`. Where roles are set by hand a stop moves none: this node is primary again
    /// when it is back.
    void stop(boolean returning, long holdNanos, AdminAnswer answer) {
        final Peer successor = returning || !state.settings.arbitrated() ? null : successor();
        if (state.isPrimary() && successor != null) {
            handOver(successor.node, (accepted, message) -> leave(false, holdNanos, answer));
        } else if (state.isPrimary()) {
            drain(
                    () -> leave(returning, holdNanos, answer),
                    () -> leave(returning, holdNanos, answer));
        } else {
            leave(returning, holdNanos, answer);
        }
    }

    private @Nullable Peer successor() {
        for (Peer peer : state.peers) {
            if (handOverObstacle(peer.node, peer) == null) {
                return peer;
            }
        }
        return null;
    }

    private void leave(boolean returning, long holdNanos, AdminAnswer answer) {
        // The flush covers what is complete by now, not what completes meanwhile.
        final boolean drained =
                state.isPrimary()
                        ? primary.drained()
                        : secondary.recentsEmpty() && state.operations.inFlight() == 0;
        if (state.isPrimary()) {
            primary.pingAll();
        }
        state.stopping = true;
        state.peers.forEach(peer -> state.send(peer, new Message.Goodbye(returning, holdNanos)));
        state.effects.flush(
                state.completions.io(result -> {
                    final boolean clean =
                            drained
                                    && result == 0
                                    && state.operations.inFlight() == 0
                                    && state.recentsKnown
                                    && !state.memoryLost
                                    && state.inSync();
                    state.persist(
                            block -> clean ? block.withIncarnation(state.incarnation, true) : block,
                            () ->
                                    answer.answered(
                                            true,
                                            clean ? "stopped, everything is on disk" : "stopped"));
                }));
    }

    private void drain(Runnable then, Runnable givenUp) {
        primary.quiet(true);
        whenDrained = then;
        whenGivenUp = givenUp;
        drainUntil = state.now + state.settings.timeout();
        goOn();
    }

    /// Called when operations have ended, and from the tick.
    void goOn() {
        final Runnable then = whenDrained;
        final Runnable givenUp = whenGivenUp;
        if (then == null || givenUp == null) {
            return;
        }
        if (!state.isPrimary() || state.now > drainUntil) {
            whenDrained = null;
            whenGivenUp = null;
            primary.quiet(false);
            givenUp.run();
        } else if (primary.drained() && membership.mayPropose()) {
            whenDrained = null;
            whenGivenUp = null;
            then.run();
        }
    }

    // --- members and size ---

    void addReplica(String node, AdminAnswer answer) {
        final Configuration configuration = changeable(answer);
        if (configuration == null) {
            return;
        }
        if (configuration.member(node).isPresent()) {
            answer.answered(false, node + " is a member already");
            return;
        }
        int slot = 0;
        while (slot < ReplicaSet.SLOTS && configuration.memberSlots().contains(slot)) {
            slot++;
        }
        if (slot == ReplicaSet.SLOTS) {
            answer.answered(false, "a resource has at most 8 replicas; remove one first");
            return;
        }
        final List<Member> members = new ArrayList<>(configuration.members());
        members.add(new Member(slot, node));
        change(configuration, configuration.withMembers(members), node + " was added", answer);
    }

    void removeReplica(String node, AdminAnswer answer) {
        final Configuration configuration = changeable(answer);
        if (configuration == null) {
            return;
        }
        if (node.equals(state.settings.node())) {
            answer.answered(false, node + " is the primary; hand over first");
            return;
        }
        if (configuration.member(node).isEmpty()) {
            answer.answered(false, node + " is not a member");
            return;
        }
        final List<Member> members =
                configuration.members().stream()
                        .filter(member -> !member.node().equals(node))
                        .toList();
        change(configuration, configuration.withMembers(members), node + " was removed", answer);
    }

    void grow(long size, AdminAnswer answer) {
        final Configuration configuration = changeable(answer);
        if (configuration == null) {
            return;
        }
        if (size <= configuration.size()) {
            answer.answered(
                    size == configuration.size(),
                    "the volume has %d bytes; a volume can grow but not shrink"
                            .formatted(configuration.size()));
            return;
        }
        if (state.capacity() < size) {
            answer.answered(false, tooSmall(state.settings.node(), state.capacity(), size));
            return;
        }
        for (Peer peer : state.peers) {
            if (configuration.inSync().contains(peer.slot) && peer.capacity < size) {
                answer.answered(false, tooSmall(peer.node, peer.capacity, size));
                return;
            }
        }
        change(
                configuration,
                configuration.withSize(size),
                "the volume has grown to " + size,
                answer);
    }

    private static String tooSmall(String node, long capacity, long size) {
        return "the provider of %s holds %d bytes of volume, %d are wanted; enlarge it first"
                .formatted(node, capacity, size);
    }

    private @Nullable Configuration changeable(AdminAnswer answer) {
        if (!state.isPrimary() || state.configuration == null) {
            answer.answered(false, "this node is not the primary; the order goes to the primary");
            return null;
        }
        // Every member has to know this epoch before the next: none may miss that a slot was given
        // away.
        if (!primary.serving() || !membership.mayPropose()) {
            answer.answered(
                    false, "the primary does not serve or another change is on its way; try again");
            return null;
        }
        return state.configuration;
    }

    private void change(Configuration from, Configuration next, String cause, AdminAnswer answer) {
        membership.propose(
                from,
                next,
                cause,
                done ->
                        answer.answered(
                                done,
                                done
                                        ? cause
                                        : "the arbiter did not agree; see the status and try again"));
    }

    /// This replica gives up its copy: it is blank from here on, and brought back in full.
    void discardData(AdminAnswer answer) {
        final Configuration newest = state.newest;
        final boolean inSet = newest != null && newest.inSync().contains(state.slotIn(newest));
        if (inSet && state.needsPerson() == null) {
            answer.answered(
                    false,
                    "this replica is in the in-sync set and nothing says that it has parted from the others; its copy is needed");
            return;
        }
        // What was learned or asked for before would come to the disk, or be made, after the copy
        // was given up, and count it among those that have the data.
        if (membership.busy()) {
            answer.answered(false, "another change is on its way; try again");
            return;
        }
        state.givingUp = true;
        state.persist(
                block -> block.withConfiguration(null).withoutData(state.effects.random()),
                () ->
                        answer.answered(
                                true,
                                "this replica's copy is given up; it will be copied again from the primary"));
    }
}
