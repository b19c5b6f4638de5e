package dev.hast.core.replication;

// Longer than 500 lines because every event of a replica comes in here; what is done with it is
// elsewhere.

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.metadata.StoredReplica;
import org.jspecify.annotations.Nullable;

/// The replica of one resource on one node.
///
/// A primary-backup replica with an external configuration master and leases, after PacificA (Lin
/// et al., 2008) and Vertical Paxos (Lamport, Malkhi, Zhou, 2009); where it differs is said in
/// `docs/reference/replication-protocol.md`.
///
/// Not thread-safe: one thread feeds it. `now` is nanoseconds of a monotonic clock and never goes
/// back. Every call may make calls on [Effects] before it returns.
public final class Replica {

    /// The longest operation. Longer ones are cut by the shell.
    public static final int OPERATION_BYTES_MAX = 32 << 20;

    /// The unit of hashes and copies.
    public static final int CHUNK_BYTES = 64 << 10;

    public static final int EIO = -5;
    public static final int EINVAL = -22;
    public static final int ESHUTDOWN = -108;

    private final ReplicaState state;
    private final Membership membership;
    private final RangeLocks locks;
    private final Throttle throttle = new Throttle();
    private final PrimaryRole primary;
    private final SecondaryRole secondary;
    private final Settlement settlement;
    private final Candidacy candidacy;
    private final Administration administration;
    private final Verification verification;
    private final Rejoin rejoin;
    private final PeerLinks links;
    private final RoleChanges changes;
    private final StatusReport status;
    private final OperationRoutes routes;

    /// @param stored the provider's metadata as read at the start
    /// @param incarnation names the memory that keeps what is not flushed: a machine's boot, or
    ///   this process
    /// @param providerBytes the provider's whole size
    public Replica(
            ReplicaSettings settings,
            StoredReplica stored,
            long incarnation,
            long providerBytes,
            Effects effects) {
        state =
                new ReplicaState(
                        settings,
                        stored,
                        incarnation,
                        providerBytes,
                        effects,
                        operation -> routes().prepared(operation),
                        this::providerHasFailed);
        membership = new Membership(state, new Changes());
        locks = new RangeLocks(operation -> routes().granted(operation), effects.has(Bug.NO_ORDER));
        primary = new PrimaryRole(state, membership, locks, throttle);
        secondary = new SecondaryRole(state, membership, locks);
        routes = new OperationRoutes(state, primary, secondary);
        settlement =
                new Settlement(state, primary, secondary, locks, new Throttle(), this::settled);
        candidacy = new Candidacy(state, membership, secondary);
        administration = new Administration(state, membership, primary, secondary);
        verification = new Verification(state, primary, locks, throttle);
        final ReplicaParts parts =
                new ReplicaParts(
                        state,
                        membership,
                        primary,
                        secondary,
                        settlement,
                        verification,
                        locks,
                        throttle);
        rejoin = new Rejoin(parts);
        links = new PeerLinks(parts, rejoin, administration::goOn);
        changes = new RoleChanges(parts, rejoin);
        status = new StatusReport(state, primary, verification);
        throttle.limits(settings);
    }

    // --- life ---

    public void start(long now) {
        state.now = now;
        final var block = state.superblock;
        state.configuration = block.configuration();
        state.newest = block.configuration();
        state.memoryLost =
                isCountedOnInVain()
                        || (!block.clean()
                                && block.incarnation() != state.incarnation
                                && block.dataReign() != 0
                                && !state.has(Bug.MEMORY_LOSS_IGNORED));
        state.recentsKnown = block.clean();
        if (!state.has(Bug.RESTART_FORGETS_PROMISE)) {
            secondary.promise(now + state.settings.grant());
        }
        if (state.configuration != null) {
            state.slot = state.slotIn(state.configuration);
            for (Peer peer : state.peers) {
                peer.slot = state.configuration.slotOf(peer.node);
            }
            state.extents.resize(state.configuration.size());
            state.role = state.slot < 0 ? Role.INIT : Role.SECONDARY;
        }
        if (block.clean()) {
            // From here on it is not clean any more: that has to be on disk before anything
            // happens.
            state.persist(b -> b.withIncarnation(state.incarnation, false), this::begun);
        } else {
            begun();
        }
    }

    private boolean isCountedOnInVain() {
        final Configuration stored = state.configuration;
        return stored != null
                && stored.inSync().contains(state.slotIn(stored))
                && !state.holdsCopyOf(stored);
    }

    private void begun() {
        state.started = true;
        membership.readArbiter();
        links.begun();
    }

    /// Call it every 20 to 50 milliseconds.
    public void tick(long now) {
        state.now = now;
        if (!state.started || state.stopping) {
            return;
        }
        membership.tick();
        if (state.isPrimary()) {
            throttle.tick(now);
            primary.tick();
            settlement.goOn();
            verification.goOn();
            rejoin.considerAll();
            if (state.providerFailed != null) {
                providerHasFailed(state.providerFailed);
            }
        } else {
            candidacy.tick();
        }
        administration.goOn();
    }

    // --- clients ---

    public void read(long request, long buffer, long offset, int length, long now) {
        state.now = now;
        if (mayTake(request, offset, length)) {
            primary.submit(take(Operation.Kind.READ, request, buffer, offset, length));
        } else {
            state.effects.release(buffer);
        }
    }

    public void write(long request, long buffer, long offset, int length, boolean fua, long now) {
        state.now = now;
        if (mayTake(request, offset, length)) {
            final Operation operation = take(Operation.Kind.WRITE, request, buffer, offset, length);
            operation.fua = fua;
            primary.submit(operation);
        } else {
            state.effects.release(buffer);
        }
    }

    public void zero(
            long request, long offset, int length, boolean mayUnmap, boolean fua, long now) {
        state.now = now;
        if (mayTake(request, offset, length)) {
            final Operation operation =
                    take(Operation.Kind.ZERO, request, Operation.NO_BUFFER, offset, length);
            operation.fua = fua;
            operation.mayUnmap = mayUnmap;
            primary.submit(operation);
        }
    }

    public void flush(long request, long now) {
        state.now = now;
        if (state.isPrimary() && !state.stopping) {
            primary.flushes().request(request);
        } else {
            state.effects.complete(request, ESHUTDOWN);
        }
    }

    private boolean mayTake(long request, long offset, int length) {
        if (!state.isPrimary() || state.stopping) {
            state.effects.complete(request, ESHUTDOWN);
            return false;
        }
        if (!state.holds(offset, length)) {
            state.effects.complete(request, EINVAL);
            return false;
        }
        return true;
    }

    private Operation take(
            Operation.Kind kind, long request, long buffer, long offset, int length) {
        final Operation operation =
                state.operations.take(kind, Operation.Origin.CLIENT, offset, length);
        operation.request = request;
        operation.buffer = buffer;
        return operation;
    }

    // --- completions ---

    public void completed(long token, int result, long now) {
        state.now = now;
        if (token < 0) {
            state.completions.completed(token, result);
        } else {
            final Operation operation = state.operations.find(token);
            if (operation != null) {
                operation.result = result;
                routes.stored(operation);
            }
        }
        administration.goOn();
    }

    public void hashed(long token, int result, long[] hashes, long now) {
        state.now = now;
        state.completions.hashed(token, result, hashes);
    }

    public void arbiterAnswered(long token, ArbiterAnswer answer, long now) {
        state.now = now;
        state.completions.answered(token, answer);
    }

    /// Somebody has read the register anyway.
    public void arbiterHint(Configuration current, long now) {
        state.now = now;
        if (state.started) {
            membership.hinted(current);
        }
    }

    /// Made after what calls it.
    private OperationRoutes routes() {
        return routes;
    }

    // --- links ---

    public void linkUp(int peer, long now) {
        state.now = now;
        links.up(state.peers.get(peer));
    }

    public void linkDown(int peer, String cause, long now) {
        state.now = now;
        links.down(state.peers.get(peer), cause);
    }

    public void receivedWrite(
            int index,
            Operation.Kind kind,
            long epoch,
            long sequence,
            long offset,
            int length,
            boolean fua,
            boolean mayUnmap,
            long watermark,
            long buffer,
            long now) {
        state.now = now;
        final Peer peer = state.peers.get(index);
        peer.heardAt = now;
        final Operation operation =
                state.operations.take(kind, Operation.Origin.PEER, offset, length);
        operation.peer = index;
        operation.epoch = epoch;
        operation.sequence = sequence;
        operation.buffer = buffer;
        operation.fua = fua && !state.has(Bug.FORGET_FUA);
        operation.mayUnmap = mayUnmap;
        secondary.write(peer, operation, watermark);
    }

    public void receivedConfirm(int index, long epoch, long sequence, boolean written, long now) {
        state.now = now;
        primary.confirmed(state.peers.get(index), epoch, sequence, written);
        administration.goOn();
    }

    public void received(int peer, Message message, long now) {
        state.now = now;
        links.received(state.peers.get(peer), message);
    }

    // --- administration ---

    /// The first configuration: this node primary, alone in the set.
    public void initialise(long size, AdminAnswer answer, long now) {
        state.now = now;
        administration.initialise(size, answer);
    }

    public void handOver(String node, AdminAnswer answer, long now) {
        state.now = now;
        administration.handOver(node, answer);
    }

    public void demote(AdminAnswer answer, long now) {
        state.now = now;
        administration.demote(answer);
    }

    public void promote(boolean force, AdminAnswer answer, long now) {
        state.now = now;
        candidacy.promote(force, answer);
    }

    public void addReplica(String node, AdminAnswer answer, long now) {
        state.now = now;
        administration.addReplica(node, answer);
    }

    public void removeReplica(String node, AdminAnswer answer, long now) {
        state.now = now;
        administration.removeReplica(node, answer);
    }

    public void grow(long size, AdminAnswer answer, long now) {
        state.now = now;
        administration.grow(size, answer);
    }

    /// The provider has this size now; what is new reads as zero already (S10).
    public void providerBytes(long bytes, long now) {
        state.now = now;
        state.providerBytes = bytes;
        if (state.started) {
            // Behind the greeting, which every peer on the line has been sent by now.
            state.peers.forEach(peer -> state.send(peer, new Message.Capacity(state.capacity())));
        }
    }

    /// This replica is the victim of a split-brain: it gives up its copy.
    public void discardData(AdminAnswer answer, long now) {
        state.now = now;
        administration.discardData((accepted, message) -> {
            if (accepted) {
                changes.discarded();
            }
            answer.answered(accepted, message);
        });
    }

    public void verify(boolean repair, AdminAnswer answer, long now) {
        state.now = now;
        if (primary.serving()) {
            verification.begin(repair, answer);
        } else {
            answer.answered(false, "verify runs on the primary while it serves");
        }
    }

    public void stopVerify(long now) {
        state.now = now;
        verification.stop("by an administrator");
    }

    /// Tries at once to bring back `node`, or all when it is empty.
    public void resyncNow(String node, long now) {
        state.now = now;
        for (Peer peer : state.peers) {
            if (node.isEmpty() || peer.node.equals(node)) {
                peer.retryAt = now;
                rejoin.consider(peer);
            }
        }
    }

    public void pauseResync(boolean paused, long now) {
        state.now = now;
        throttle.pause(paused);
    }

    /// Takes over what may change while it runs: not node, extent size and arbiter; peers are only
    /// added, at the end.
    public void settings(ReplicaSettings settings, long now) {
        state.now = now;
        final int known = state.peers.size();
        if (!settings.node().equals(state.settings.node())
                || settings.arbitrated() != state.settings.arbitrated()
                || settings.peers().size() < known
                || !settings.peers().subList(0, known).equals(state.settings.peers())) {
            throw new IllegalArgumentException(
                    "node, arbiter and known peers cannot change while a replica runs");
        }
        state.settings = settings;
        settings.peers().subList(known, settings.peers().size()).forEach(state::addPeer);
        throttle.limits(settings);
    }

    /// Leaves in an orderly way; feed it no more after the answer. See [Message.Goodbye].
    public void stop(boolean returning, long holdNanos, AdminAnswer answer, long now) {
        state.now = now;
        administration.stop(returning, holdNanos, answer);
    }

    // --- what follows from changes ---

    private void providerHasFailed(String cause) {
        candidacy.providerFailed();
        if (state.isPrimary()) {
            administration.handOverAfterFailure();
            if (!membership.busy()) {
                primary.failUnanswered(EIO);
            }
        } else {
            state.peers.forEach(peer -> state.send(peer, new Message.Failed(cause)));
        }
    }

    private void settled() {
        primary.settled();
        rejoin.considerAll();
    }

    /// Membership is made before what its changes change.
    private final class Changes implements Membership.Listener {

        @Override
        public void learned() {
            changes.learned();
        }

        @Override
        public void markUnconfirmed(ReplicaSet absent) {
            changes.markUnconfirmed(absent);
        }

        @Override
        public void adopted(@Nullable Configuration before, Configuration after, String cause) {
            changes.adopted(before, after, cause);
        }
    }

    // --- status ---

    public Role role() {
        return state.role;
    }

    public boolean serving() {
        return primary.serving() && !primary.isQuiet();
    }

    /// Whether this primary does not serve, and that may be because a change of configuration is on
    /// its way: not while it drains for a hand-over.
    public boolean pausing() {
        return state.isPrimary()
                && !primary.serving()
                && !primary.isQuiet()
                && primary.isSettled()
                && state.providerFailed == null;
    }

    /// Until when this primary may serve by the grants that it holds; in the past when it does not
    /// serve, [Long#MAX_VALUE] when it needs none.
    public long servingUntil(long now) {
        state.now = now;
        return serving() ? primary.grants().until() : Peer.NEVER;
    }

    /// Whether it belongs to no resource yet, or has given up its copy, and knows no configuration.
    public boolean isBlank() {
        return state.started && state.newest == null;
    }

    /// Whether the configuration on disk names another replica, or none, as primary.
    public boolean isElsewhere() {
        return state.configuration != null && state.configuration.primary() != state.slot;
    }

    /// The resource's id as text; empty while it is blank.
    public String resourceId() {
        return state.configuration == null ? "" : state.configuration.resource().toString();
    }

    /// Bytes of volume that the provider can hold.
    public long capacity() {
        return state.capacity();
    }

    /// Bytes of the volume; 0 before it is known.
    public long volumeSize() {
        return state.size();
    }

    /// Whether some member that is out of the set is known to lack the extent at `offset`.
    public boolean lackedByAnyone(long offset) {
        return status.lackedByAnyone(offset);
    }

    public ReplicaStatus status(long now) {
        state.now = now;
        return status.status();
    }
}
