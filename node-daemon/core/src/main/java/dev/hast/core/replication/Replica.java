package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.metadata.StoredReplica;
import java.util.ArrayList;
import java.util.List;
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

    private static final long ARBITER_LOOK = 1_000_000_000L;

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
    private long arbiterLookedAt = Peer.NEVER;

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
                        this::prepared,
                        this::providerHasFailed);
        membership = new Membership(state, new Changes());
        locks = new RangeLocks(this::granted, effects.has(Bug.NO_ORDER));
        primary = new PrimaryRole(state, membership, locks);
        secondary = new SecondaryRole(state, membership, locks);
        settlement =
                new Settlement(state, primary, secondary, locks, new Throttle(), this::settled);
        candidacy = new Candidacy(state, membership, secondary);
        administration = new Administration(state, membership, primary, secondary);
        verification = new Verification(state, primary, locks, throttle);
        throttle.limit(settings.resyncBytesPerSecond());
    }

    // --- life ---

    public void start(long now) {
        state.now = now;
        final var block = state.superblock;
        state.configuration = block.configuration();
        state.newest = block.configuration();
        state.memoryLost =
                !block.clean()
                        && block.incarnation() != state.incarnation
                        && block.dataReign() != 0
                        && !state.has(Bug.MEMORY_LOSS_IGNORED);
        state.recentsKnown = block.clean();
        if (!state.has(Bug.RESTART_FORGETS_PROMISE)) {
            secondary.promise(now + state.settings.grant());
        }
        if (state.configuration != null) {
            state.slot = state.slotIn(state.configuration);
            for (Peer peer : state.peers) {
                peer.slot = state.configuration.member(peer.node).map(m -> m.slot()).orElse(-1);
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

    private void begun() {
        state.started = true;
        membership.readArbiter();
        for (Peer peer : state.peers) {
            if (peer.up) {
                sendHello(peer);
            }
            final List<Message> early = List.copyOf(peer.early);
            peer.early.clear();
            early.forEach(message -> received(peer, message));
        }
    }

    /// Call it every 20 to 50 milliseconds.
    public void tick(long now) {
        state.now = now;
        if (!state.started || state.stopping) {
            return;
        }
        membership.tick();
        lookAtArbiter();
        if (state.isPrimary()) {
            throttle.clientsBusy(!state.operations.windowEmpty());
            primary.tick();
            settlement.goOn();
            verification.goOn();
            state.peers.forEach(this::consider);
            if (state.providerFailed != null) {
                providerHasFailed(state.providerFailed);
            }
        } else {
            candidacy.tick();
        }
        administration.goOn();
    }

    private void lookAtArbiter() {
        final Peer itsPrimary =
                state.configuration == null
                        ? null
                        : state.peerInSlot(state.configuration.primary());
        // A primary that was restarted is on the line, but tells nothing until it reigns again.
        final long patience = Math.max(ARBITER_LOOK, 2 * state.settings.heartbeat());
        final boolean informed =
                itsPrimary != null
                        && itsPrimary.ready()
                        && state.now - itsPrimary.heardAt < patience;
        if (!informed && state.now - arbiterLookedAt >= ARBITER_LOOK && !membership.busy()) {
            arbiterLookedAt = state.now;
            membership.readArbiter();
        }
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
        if (offset < 0
                || length <= 0
                || length > OPERATION_BYTES_MAX
                || offset > state.size() - length) {
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
                stored(operation);
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

    private void granted(Operation operation) {
        switch (operation.origin) {
            case CLIENT -> primary.granted(operation);
            case PEER -> secondary.granted(operation);
            case INTERNAL -> owner(operation).granted(operation);
        }
    }

    private void prepared(Operation operation) {
        if (operation.origin == Operation.Origin.PEER) {
            secondary.prepared(operation);
        } else {
            primary.prepared(operation);
        }
    }

    private void stored(Operation operation) {
        switch (operation.origin) {
            case CLIENT -> {
                if (state.isPrimary() && !operation.answered) {
                    primary.stored(operation);
                } else {
                    operation.local = true;
                    primary.endAnswered(operation);
                }
            }
            case PEER -> secondary.stored(operation);
            case INTERNAL -> {
                if (operation.kind == Operation.Kind.FLUSH) {
                    primary.flushes().stored(operation);
                } else {
                    owner(operation).stored(operation);
                }
            }
        }
    }

    private static Operation.Owner owner(Operation operation) {
        final Operation.Owner owner = operation.owner;
        if (owner == null) {
            throw new IllegalStateException(operation + " belongs to nobody");
        }
        return owner;
    }

    // --- links ---

    public void linkUp(int index, long now) {
        state.now = now;
        final Peer peer = state.peers.get(index);
        peer.up = true;
        peer.hello = null;
        peer.early.clear();
        peer.heardAt = now;
        if (state.started && !state.stopping) {
            sendHello(peer);
        }
    }

    private void sendHello(Peer peer) {
        final var block = state.superblock;
        state.send(
                peer,
                new Message.Hello(
                        block.resource(),
                        state.settings.node(),
                        block.configuration(),
                        block.dataReign(),
                        block.dataEpoch(),
                        state.incarnation,
                        state.memoryLost,
                        state.recentsKnown,
                        state.capacity(),
                        block.extentBytes()));
    }

    public void linkDown(int index, String cause, long now) {
        state.now = now;
        final Peer peer = state.peers.get(index);
        if (!peer.up) {
            return;
        }
        final boolean wasReady = peer.ready();
        peer.up = false;
        peer.hello = null;
        peer.early.clear();
        peer.downSince = now;
        if (wasReady) {
            state.effects.report(new Report.Disconnected(peer.node, cause));
        }
        secondary.linkDown(peer);
        if (state.isPrimary()) {
            lost(peer, cause);
        }
    }

    private void lost(Peer peer, String cause) {
        peer.counts = false;
        final Resync resync = peer.resync;
        if (resync != null) {
            primary.unconfirmedBy(peer, resync::missed);
            resync.broken("the link broke: " + cause);
        }
        peer.receives = false;
        primary.repair().linkDown(peer);
        verification.linkDown(peer);
        if (state.configuration != null && state.configuration.inSync().contains(peer.slot)) {
            settlement.linkDown(peer);
        }
        primary.goOn();
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

    public void received(int index, Message message, long now) {
        state.now = now;
        final Peer peer = state.peers.get(index);
        peer.heardAt = now;
        if (!state.started && peer.up && !(message instanceof Message.ReadReply)) {
            peer.early.add(message);
        } else if (!state.started || state.stopping || !peer.up) {
            releasePayload(message);
        } else {
            received(peer, message);
        }
    }

    private void received(Peer peer, Message message) {
        if (peer.hello == null
                && !(message instanceof Message.Hello)
                && !(message instanceof Message.Reject)) {
            releasePayload(message);
            state.refuse(peer, "a message before the greeting");
            return;
        }
        dispatch(peer, message);
        administration.goOn();
    }

    private void releasePayload(Message message) {
        if (message instanceof Message.ReadReply reply && reply.buffer() != Operation.NO_BUFFER) {
            state.effects.release(reply.buffer());
        }
    }

    private void dispatch(Peer peer, Message message) {
        switch (message) {
            case Message.Hello hello -> greeted(peer, hello);
            case Message.Reject reject -> {
                peer.lastError = reject.cause();
                state.effects.report(new Report.Refused(peer.node, reject.cause()));
            }
            case Message.Announce announce -> {
                primary.heard(peer, announce.configuration());
                secondary.announced(peer, announce);
            }
            case Message.Ping ping -> secondary.ping(peer, ping);
            case Message.Grant grant -> primary.granted(peer, grant);
            case Message.Flush flush -> secondary.flush(peer, flush);
            case Message.Flushed flushed -> primary.flushes().flushed(peer, flushed);
            case Message.RecentRequest request -> secondary.recentRequested(peer, request);
            case Message.Recent recent -> settlement.received(peer, recent);
            case Message.Settled settled -> secondary.settled(peer, settled);
            case Message.SyncBegin begin -> secondary.syncBegin(peer, begin);
            case Message.SyncAccept accept -> withResync(peer, resync -> resync.accepted(accept));
            case Message.HashRequest request -> hashFor(peer, request);
            case Message.Hashes hashes -> hashesFrom(peer, hashes);
            case Message.JoinPrepare prepare -> secondary.joinPrepare(peer, prepare);
            case Message.JoinReady ready -> withResync(peer, resync -> resync.joinReady(ready));
            case Message.ReadRequest request -> readFor(peer, request);
            case Message.ReadReply reply -> readFrom(peer, reply);
            case Message.Failed failed ->
                    leaving(peer, "its provider has failed: " + failed.cause());
            case Message.Goodbye goodbye -> goodbye(peer, goodbye);
            case Message.Capacity capacity -> peer.capacity = capacity.bytes();
        }
    }

    private static void withResync(Peer peer, java.util.function.Consumer<Resync> action) {
        if (peer.resync != null) {
            action.accept(peer.resync);
        }
    }

    private void greeted(Peer peer, Message.Hello hello) {
        final String nonsense = mismatch(peer, hello);
        if (nonsense != null) {
            peer.lastError = nonsense;
            state.send(peer, new Message.Reject(nonsense));
            state.refuse(peer, nonsense);
            return;
        }
        peer.hello = hello;
        peer.lost = hello.lost();
        peer.capacity = hello.capacity();
        state.effects.report(new Report.Connected(peer.node));
        membership.compareHistory(peer, hello);
        if (hello.configuration() != null) {
            primary.heard(peer, hello.configuration());
        }
        if (hello.configuration() != null && state.configuration != null) {
            membership.learnFromPeer(hello.configuration(), peer);
        }
        if (state.isPrimary()) {
            primary.announce(peer);
            consider(peer);
        } else if (state.configuration != null
                && hello.configuration() != null
                && hello.configuration().epoch() < state.configuration.epoch()) {
            primary.announce(peer);
        }
    }

    private @Nullable String mismatch(Peer peer, Message.Hello hello) {
        final var block = state.superblock;
        if (!hello.node().equals(peer.node)) {
            return "the node at %s's address calls itself %s; correct the address in the document"
                    .formatted(peer.node, hello.node());
        }
        if (!block.resource().isNone()
                && !hello.resource().isNone()
                && !block.resource().equals(hello.resource())) {
            return "%s holds resource %s, %s holds resource %s: two resources of one name; create one of the providers again"
                    .formatted(
                            peer.node, hello.resource(), state.settings.node(), block.resource());
        }
        if (hello.extentBytes() != block.extentBytes()) {
            return "%s has extents of %d bytes, %s of %d; create one of the providers again with the other's extentSize"
                    .formatted(
                            peer.node,
                            hello.extentBytes(),
                            state.settings.node(),
                            block.extentBytes());
        }
        return null;
    }

    /// What a primary does for a peer, as things are.
    private void consider(Peer peer) {
        final Configuration configuration = state.configuration;
        if (!state.isPrimary()
                || configuration == null
                || !state.settledOnNewest()
                || !peer.ready()) {
            return;
        }
        if (configuration.inSync().contains(peer.slot)) {
            if (!primary.isSettled()) {
                if (!peer.receives) {
                    settlement.askOnce(peer);
                }
            } else if (!peer.receives && !peer.lost) {
                primary.resume(peer);
                state.send(peer, new Message.Settled(state.epoch()));
            }
        } else if (peer.slot >= 0 && primary.isSettled()) {
            bringBack(peer);
        }
    }

    private void bringBack(Peer peer) {
        final Resync current = peer.resync;
        if (current != null && !current.isBroken()) {
            current.goOn();
            return;
        }
        if (state.now < peer.retryAt || throttle.paused() || state.providerFailed != null) {
            return;
        }
        final String obstacle = Resync.obstacle(state, peer);
        if (obstacle != null) {
            if (!obstacle.equals(peer.obstacle) && obstacle.startsWith("split-brain")) {
                state.effects.report(new Report.SplitBrain(peer.node, obstacle));
            }
            peer.obstacle = obstacle;
            return;
        }
        peer.obstacle = null;
        if (current == null) {
            peer.resync = new Resync(state, membership, primary, locks, peer, throttle);
        }
        withResync(peer, Resync::begin);
    }

    private void hashFor(Peer peer, Message.HashRequest request) {
        if (request.length() <= 0
                || request.length() > OPERATION_BYTES_MAX
                || request.offset() < 0
                || request.offset() > state.size() - request.length()) {
            state.send(peer, new Message.Hashes(request.id(), EINVAL, new long[0]));
            return;
        }
        state.effects.hash(
                state.completions.hash((result, hashes) ->
                        state.send(peer, new Message.Hashes(request.id(), result, hashes))),
                request.offset(),
                request.length());
    }

    private void hashesFrom(Peer peer, Message.Hashes hashes) {
        final Resync resync = peer.resync;
        if ((resync == null || !resync.received(peer, hashes))
                && !verification.received(peer, hashes)) {
            settlement.received(peer, hashes);
        }
    }

    private void readFor(Peer peer, Message.ReadRequest request) {
        if (request.length() <= 0
                || request.length() > OPERATION_BYTES_MAX
                || request.offset() < 0
                || request.offset() > state.size() - request.length()) {
            state.send(peer, new Message.ReadReply(request.id(), EINVAL, Operation.NO_BUFFER, 0));
            return;
        }
        final long buffer = state.effects.allocate(request.length());
        final long token =
                state.completions.io(result -> {
                    // The reply is encoded before send returns; the payload stays until it is
                    // released.
                    state.send(
                            peer,
                            new Message.ReadReply(
                                    request.id(),
                                    result,
                                    result < 0 ? Operation.NO_BUFFER : buffer,
                                    request.length()));
                    state.effects.release(buffer);
                });
        state.effects.read(token, buffer, request.offset(), request.length());
    }

    private void readFrom(Peer peer, Message.ReadReply reply) {
        if (!primary.repair().received(reply) && !settlement.received(peer, reply)) {
            releasePayload(reply);
        }
    }

    private void goodbye(Peer peer, Message.Goodbye goodbye) {
        if (state.configuration != null
                && state.configuration.primary() == peer.slot
                && goodbye.returning()) {
            secondary.promise(state.now + goodbye.holdNanos());
        }
        leaving(peer, "it said goodbye");
    }

    private void leaving(Peer peer, String cause) {
        peer.lastError = cause;
        if (state.isPrimary()) {
            peer.failing = cause;
            primary.shrink();
        }
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
                discarded();
            }
            answer.answered(accepted, message);
        });
    }

    private void discarded() {
        if (state.isPrimary()) {
            endReign("its copy was given up");
        }
        state.configuration = null;
        state.newest = null;
        state.slot = -1;
        state.arbiterNeedsPerson = null;
        state.arbiterRecord = null;
        state.memoryLost = false;
        state.role = Role.INIT;
        for (Peer peer : state.peers) {
            peer.slot = -1;
            peer.parted = null;
            if (peer.up) {
                state.effects.disconnect(peer.index, "this replica gave up its copy");
            }
        }
        membership.readArbiter();
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
                consider(peer);
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
        throttle.limit(settings.resyncBytesPerSecond());
    }

    /// Leaves in an orderly way; feed it no more after the answer. See [Message.Goodbye].
    public void stop(boolean returning, long holdNanos, AdminAnswer answer, long now) {
        state.now = now;
        administration.stop(returning, holdNanos, answer);
    }

    // --- what follows from changes ---

    private void providerHasFailed(String cause) {
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
        state.peers.forEach(this::consider);
    }

    private void endReign(String cause) {
        final Role before = state.role;
        state.role = Role.SECONDARY;
        settlement.cancel();
        verification.stop("this node is not the primary any more");
        for (Peer peer : state.peers) {
            peer.obstacle = null;
            if (peer.resync != null) {
                peer.resync.broken("this node is not the primary any more");
                peer.resync = null;
            }
        }
        primary.stepDown();
        state.effects.report(new Report.RoleChanged(before, state.role, state.epoch(), cause));
    }

    private final class Changes implements Membership.Listener {

        @Override
        public void learned() {
            final Configuration newest = state.newest;
            if (newest != null && state.isPrimary() && newest.primary() != state.slotIn(newest)) {
                endReign("epoch %d has another primary".formatted(newest.epoch()));
                // The successor has not asked for a grant yet: give it the time of one.
                if (newest.primary() != Configuration.NOBODY) {
                    secondary.promise(state.now + state.settings.grant());
                }
                state.peers.forEach(peer -> {
                    if (peer.ready()) {
                        primary.announce(peer);
                    }
                });
            }
        }

        @Override
        public void markUnconfirmed(ReplicaSet absent) {
            secondary.markUnconfirmed(absent);
        }

        @Override
        public void adopted(@Nullable Configuration before, Configuration after, String cause) {
            secondary.adopted(after);
            if (after.primary() == state.slot && state.slot >= 0 && mayReign(before, after)) {
                asPrimary(before, after, cause);
            } else {
                asSecondary(after, cause);
            }
        }

        /// A reign is led by one process: one that was restarted in it has forgotten the order of
        /// its writes. It stays a secondary, and asks for a reign of its own ([Candidacy]).
        private boolean mayReign(@Nullable Configuration before, Configuration after) {
            return state.isPrimary()
                    || state.has(Bug.REIGN_GOES_ON)
                    || before == null
                    || after.reign().firstEpoch() > before.epoch();
        }
    }

    private void asSecondary(Configuration after, String cause) {
        if (state.isPrimary()) {
            // It became primary of an epoch that was over already when it reached the disk.
            endReign(cause);
        }
        final Role role = state.slot < 0 ? Role.INIT : Role.SECONDARY;
        if (role != state.role) {
            state.effects.report(new Report.RoleChanged(state.role, role, after.epoch(), cause));
            state.role = role;
        }
        for (Peer peer : state.peers) {
            peer.failing = null;
        }
    }

    private void asPrimary(@Nullable Configuration before, Configuration after, String cause) {
        final boolean begins =
                !state.isPrimary() || before == null || before.reign().tag() != after.reign().tag();
        if (begins) {
            final Role was = state.role;
            state.role = Role.PRIMARY;
            primary.reignBegins(before, after, secondary.promisedUntil());
            state.effects.report(new Report.RoleChanged(was, Role.PRIMARY, after.epoch(), cause));
        }
        for (Peer peer : state.peers) {
            if (peer.ready()) {
                primary.announce(peer);
            }
        }
        if (begins || before == null) {
            settlement.reignBegins();
            return;
        }
        for (Peer peer : state.peers) {
            changed(peer, before, after);
        }
        settlement.review();
        primary.goOn();
        state.peers.forEach(this::consider);
    }

    /// What a change within a reign means for one peer.
    private void changed(Peer peer, Configuration before, Configuration after) {
        final boolean was = before.inSync().contains(peer.slot);
        final boolean is = after.inSync().contains(peer.slot);
        final Resync resync = peer.resync;
        if (is && !was) {
            peer.counts = false;
            peer.failing = null;
            peer.obstacle = null;
            peer.lastError = null;
            peer.resync = null;
            if (resync != null) {
                resync.joined();
            }
        } else if (was && !is) {
            peer.receives = false;
            peer.failing = null;
            peer.retryAt = state.now + state.settings.reconnectGrace();
        } else if (!is && resync != null) {
            if (before.size() != after.size() || peer.slot < 0) {
                resync.broken("the volume has changed");
                peer.receives = false;
                peer.counts = false;
                peer.resync = null;
            } else {
                resync.epochChanged();
            }
        }
    }

    // --- status ---

    public Role role() {
        return state.role;
    }

    public boolean serving() {
        return primary.serving() && !primary.isQuiet();
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
        final int extent = state.extents.firstExtent(offset);
        final ReplicaSet absent = state.absent();
        for (int slot = 0; slot < ReplicaSet.SLOTS; slot++) {
            if (absent.contains(slot) && state.extents.dirty(slot).get(extent)) {
                return true;
            }
        }
        return false;
    }

    public ReplicaStatus status(long now) {
        state.now = now;
        final List<ReplicaStatus.Peer> peers = new ArrayList<>();
        for (Peer peer : state.peers) {
            peers.add(status(peer));
        }
        final String because = state.isPrimary() ? primary.notServingBecause() : null;
        return new ReplicaStatus(
                state.role,
                serving(),
                because,
                state.needsPerson(),
                state.configuration,
                state.slot,
                state.inSync(),
                state.memoryLost,
                state.providerFailed != null,
                state.operations.inFlight(),
                primary.waiting(),
                state.operations.watermark(),
                state.operations.sequence(),
                state.extents.activeExtents(),
                state.extents.updates(),
                peers,
                verification.status());
    }

    private ReplicaStatus.Peer status(Peer peer) {
        final Resync resync = peer.resync;
        final boolean inSync =
                state.configuration != null && state.configuration.inSync().contains(peer.slot);
        final long dirty =
                inSync || peer.slot < 0
                        ? 0
                        : Math.min(
                                state.size(),
                                (long) state.extents.dirty(peer.slot).count()
                                        * state.extents.extentBytes());
        return new ReplicaStatus.Peer(
                peer.node,
                peer.slot,
                peer.ready(),
                resync != null && !resync.isBroken(),
                inSync,
                state.isPrimary() ? Math.max(0, peer.grantUntil - state.now) : 0,
                resync == null ? dirty : resync.remainingBytes(),
                resync == null ? 0 : resync.totalBytes(),
                resync == null ? 0 : resync.checkedBytes(),
                resync == null ? 0 : resync.copiedBytes(),
                peer.obstacle == null ? peer.lastError : peer.obstacle,
                parted(peer));
    }

    private ReplicaStatus.@Nullable Parted parted(Peer peer) {
        final Configuration ours = state.configuration;
        final Configuration theirs = peer.hello == null ? null : peer.hello.configuration();
        final String obstacle = state.isPrimary() ? Resync.obstacle(state, peer) : null;
        final boolean refused = obstacle != null && obstacle.startsWith("split-brain");
        return ours == null || theirs == null || (peer.parted == null && !refused)
                ? null
                : new ReplicaStatus.Parted(
                        ours.commonEpoch(theirs), theirs.epoch(), theirs.reign().tag());
    }
}
