package dev.hast.core.replication;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// The links to the other replicas: greeting, what each message is for, and what a broken link
/// means.
final class PeerLinks {

    private final ReplicaState state;
    private final Membership membership;
    private final PrimaryRole primary;
    private final SecondaryRole secondary;
    private final Settlement settlement;
    private final Verification verification;
    private final Rejoin rejoin;
    private final Runnable afterwards;

    /// @param afterwards called when a message was taken
    PeerLinks(ReplicaParts parts, Rejoin rejoin, Runnable afterwards) {
        this.state = parts.state();
        this.membership = parts.membership();
        this.primary = parts.primary();
        this.secondary = parts.secondary();
        this.settlement = parts.settlement();
        this.verification = parts.verification();
        this.rejoin = rejoin;
        this.afterwards = afterwards;
    }

    void up(Peer peer) {
        peer.up = true;
        peer.hello = null;
        peer.early.clear();
        peer.heardAt = state.now;
        if (state.started && !state.stopping) {
            sendHello(peer);
        }
    }

    /// Greets everybody, and takes what they said before this replica had begun.
    void begun() {
        for (Peer peer : state.peers) {
            if (peer.up) {
                sendHello(peer);
            }
            final List<Message> early = List.copyOf(peer.early);
            peer.early.clear();
            early.forEach(message -> taken(peer, message));
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
        if (state.providerFailed != null && !state.isPrimary()) {
            state.send(peer, new Message.Failed(state.providerFailed));
        }
    }

    void down(Peer peer, String cause) {
        if (!peer.up) {
            return;
        }
        final boolean wasReady = peer.ready();
        peer.up = false;
        peer.hello = null;
        peer.early.clear();
        peer.downSince = state.now;
        if (wasReady) {
            state.effects.report(new Report.Disconnected(peer.node, cause));
        }
        secondary.linkDown(peer);
        if (state.isPrimary()) {
            lost(peer, cause);
        }
    }

    private void lost(Peer peer, String cause) {
        state.leaveOut(peer, "the link broke: " + cause);
        primary.repair().linkDown(peer);
        verification.linkDown(peer);
        if (state.configuration != null && state.configuration.inSync().contains(peer.slot)) {
            settlement.linkDown(peer);
        }
        primary.goOn();
    }

    void received(Peer peer, Message message) {
        peer.heardAt = state.now;
        if (!state.started && peer.up && !(message instanceof Message.ReadReply)) {
            peer.early.add(message);
        } else if (!state.started || state.stopping || !peer.up) {
            releasePayload(message);
        } else {
            taken(peer, message);
        }
    }

    private void taken(Peer peer, Message message) {
        if (peer.hello == null
                && !(message instanceof Message.Hello)
                && !(message instanceof Message.Reject)) {
            releasePayload(message);
            state.refuse(peer, "a message before the greeting");
            return;
        }
        dispatch(peer, message);
        afterwards.run();
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
                primary.grants().heard(peer, announce.configuration());
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
            case Message.Failed failed -> failed(peer, failed.cause());
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
        // Who has no copy has kept nothing, whether or not it knows that the set counts on it.
        peer.lost = hello.lost() || hello.dataReign() == 0;
        peer.diverged = state.configuration != null && peer.divergesFrom(state.configuration);
        peer.capacity = hello.capacity();
        peer.providerFailed = null;
        state.effects.report(new Report.Connected(peer.node));
        membership.histories().greeted(peer, hello);
        if (hello.configuration() != null) {
            primary.grants().heard(peer, hello.configuration());
        }
        if (hello.configuration() != null && state.configuration != null) {
            membership.learnFromPeer(hello.configuration(), peer);
        }
        if (state.isPrimary()) {
            primary.announce(peer);
            rejoin.consider(peer);
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

    private void hashFor(Peer peer, Message.HashRequest request) {
        if (!state.holds(request.offset(), request.length())) {
            state.send(peer, new Message.Hashes(request.id(), Replica.EINVAL, new long[0]));
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
        if (!state.holds(request.offset(), request.length())) {
            state.send(
                    peer,
                    new Message.ReadReply(request.id(), Replica.EINVAL, Operation.NO_BUFFER, 0));
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

    private void failed(Peer peer, String cause) {
        peer.providerFailed = "its provider has failed: " + cause;
        leaving(peer, peer.providerFailed);
        if (state.isPrimary()) {
            rejoin.consider(peer);
        }
    }

    private void leaving(Peer peer, String cause) {
        peer.lastError = cause;
        if (state.isPrimary()) {
            peer.failing = cause;
            primary.shrink();
        }
    }
}
