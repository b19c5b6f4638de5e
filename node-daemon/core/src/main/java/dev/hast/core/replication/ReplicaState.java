package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.Lineage;
import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.metadata.MetadataLayout;
import dev.hast.core.metadata.StoredReplica;
import dev.hast.core.metadata.Superblock;
import dev.hast.core.metadata.SuperblockCodec;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What the parts of a replica share: where it stands, whom it knows, what is on its disk. Mutable,
/// owned by one [Replica].
final class ReplicaState {

    ReplicaSettings settings;
    final Effects effects;
    final Completions completions = new Completions();
    final OperationTable operations;
    final ExtentLog extents;
    final List<Peer> peers = new ArrayList<>();
    final long incarnation;
    long providerBytes;
    long now;

    Role role = Role.INIT;

    /// The superblock as it is on disk.
    Superblock superblock;

    /// The configuration that is on this replica's disk; null on a blank replica.
    @Nullable Configuration configuration;

    /// The newest configuration that this replica knows; not on its disk yet when it differs.
    @Nullable Configuration newest;

    int slot = -1;

    /// It lost its memory and was not brought back since (S14).
    boolean memoryLost;

    /// It lost its memory, and has waited for a member that kept its own, before it asked to be
    /// primary.
    boolean waitedForKeepers;

    /// It knows which writes are above the watermark; a restarted daemon does not.
    boolean recentsKnown;

    /// A person has given up this replica's copy, and that is on its way to the disk. Nothing is
    /// learned meanwhile: what came to the disk behind it would undo it.
    boolean givingUp;

    @Nullable String providerFailed;

    /// What is wrong with the arbiter's record that only a person can mend.
    @Nullable String arbiterNeedsPerson;

    /// The arbiter's record, when its history and ours have parted.
    @Nullable Configuration arbiterRecord;

    boolean started;
    boolean stopping;

    private @Nullable Configuration derivedFrom;
    private int derivedFor = -1;
    private ReplicaSet self = ReplicaSet.EMPTY;
    private ReplicaSet absent = ReplicaSet.EMPTY;

    private final Consumer<String> onProviderFailure;
    private final ArrayDeque<Runnable> superblockWrites = new ArrayDeque<>();
    private boolean superblockBusy;

    ReplicaState(
            ReplicaSettings settings,
            StoredReplica stored,
            long incarnation,
            long providerBytes,
            Effects effects,
            Consumer<Operation> prepared,
            Consumer<String> onProviderFailure) {
        this.settings = settings;
        this.effects = effects;
        this.incarnation = incarnation;
        this.providerBytes = providerBytes;
        this.superblock = stored.superblock();
        this.onProviderFailure = onProviderFailure;
        this.operations = new OperationTable(settings.operationsMax());
        this.extents =
                new ExtentLog(
                        stored,
                        settings.activityLogExtents(),
                        effects,
                        completions,
                        prepared,
                        this::failProvider);
        settings.peers().forEach(this::addPeer);
    }

    void addPeer(String node) {
        final Peer peer = new Peer(peers.size(), node);
        peer.downSince = Peer.NEVER;
        if (configuration != null) {
            peer.slot = configuration.slotOf(node);
        }
        peers.add(peer);
    }

    void failProvider(String cause) {
        if (providerFailed == null) {
            providerFailed = cause;
            effects.report(new Report.ProviderFailed(cause));
            onProviderFailure.accept(cause);
        }
    }

    /// What only a person can decide; null when nothing.
    @Nullable String needsPerson() {
        if (arbiterNeedsPerson != null) {
            return arbiterNeedsPerson;
        }
        for (Peer peer : peers) {
            if (peer.parted != null) {
                return "split-brain: "
                        + peer.parted
                        + "; `hastctl split-brain resolve --victim NODE` gives up the copy of the node you name";
            }
        }
        return null;
    }

    boolean has(Bug bug) {
        return effects.has(bug);
    }

    // --- where we stand ---

    boolean isPrimary() {
        return role == Role.PRIMARY;
    }

    /// In the in-sync set of the configuration on disk.
    boolean inSync() {
        return configuration != null && configuration.inSync().contains(slot);
    }

    int slotIn(@Nullable Configuration of) {
        return of == null ? -1 : of.slotOf(settings.node());
    }

    long epoch() {
        return configuration == null ? 0 : configuration.epoch();
    }

    /// The configuration on disk is the newest known.
    boolean settledOnNewest() {
        return configuration == newest;
    }

    ReplicaSet self() {
        deriveSets();
        return self;
    }

    /// Members out of the set, this replica aside.
    ReplicaSet absent() {
        deriveSets();
        return absent;
    }

    /// Each write asks for them, and they change with the configuration alone.
    private void deriveSets() {
        if (derivedFrom != configuration || derivedFor != slot) {
            derivedFrom = configuration;
            derivedFor = slot;
            self = slot < 0 ? ReplicaSet.EMPTY : ReplicaSet.of(slot);
            absent = configuration == null ? ReplicaSet.EMPTY : configuration.absent().minus(self);
        }
    }

    long size() {
        return configuration == null ? 0 : configuration.size();
    }

    /// Whether a client or a replica may ask for these bytes in one piece.
    boolean holds(long offset, int length) {
        return offset >= 0
                && length > 0
                && length <= Replica.OPERATION_BYTES_MAX
                && offset <= size() - length;
    }

    /// Bytes of volume that the provider can hold.
    long capacity() {
        return Math.min(
                providerBytes - superblock.layout().dataOffset(),
                (long) superblock.layout().extentsMax() * superblock.extentBytes());
    }

    @Nullable Peer peerInSlot(int wanted) {
        for (int i = 0; i < peers.size(); i++) {
            if (peers.get(i).slot == wanted && wanted >= 0) {
                return peers.get(i);
            }
        }
        return null;
    }

    @Nullable Peer peerNamed(String node) {
        for (Peer peer : peers) {
            if (peer.node.equals(node)) {
                return peer;
            }
        }
        return null;
    }

    String nodeOf(int wanted) {
        return configuration == null
                ? "slot " + wanted
                : configuration.member(wanted).map(m -> m.node()).orElse("slot " + wanted);
    }

    /// Whether what this replica holds may have been acknowledged and is no part of `other`'s
    /// history.
    boolean divergedFrom(Configuration other) {
        return superblock.dataReign() != 0
                && other.lineageOf(superblock.dataReign(), superblock.dataEpoch())
                        == Lineage.DIVERGED;
    }

    /// Whether what this replica holds can be in sync in `other`: its own data, and no other
    /// history's. Who leads `other` holds what the others are made equal to.
    boolean holdsCopyOf(Configuration other) {
        return superblock.dataReign() != 0
                && (other.primary() == slotIn(other) || !divergedFrom(other));
    }

    // --- the superblock ---

    /// Writes a changed superblock and calls `then` when it is on stable storage. One write at a
    /// time, in order.
    void persist(java.util.function.UnaryOperator<Superblock> change, Runnable then) {
        superblockWrites.add(() -> {
            final Superblock changed = change.apply(superblock);
            final Superblock next = changed.withSequence(superblock.sequence() + 1);
            writeCopy(next, 0, then);
        });
        nextSuperblockWrite();
    }

    private void writeCopy(Superblock next, int copy, Runnable then) {
        effects.persist(
                completions.io(result -> written(next, copy, result, then)),
                copy,
                SuperblockCodec.encode(next, copy));
    }

    private void written(Superblock next, int copy, int result, Runnable then) {
        if (result == 0 && copy + 1 < MetadataLayout.SUPERBLOCKS && !has(Bug.ONE_SUPERBLOCK)) {
            writeCopy(next, copy + 1, then);
            return;
        }
        superblockBusy = false;
        if (result < 0) {
            superblockWrites.clear();
            failProvider("the superblock could not be written, errno " + -result);
            return;
        }
        superblock = next;
        then.run();
        nextSuperblockWrite();
    }

    private void nextSuperblockWrite() {
        if (!superblockBusy && !superblockWrites.isEmpty() && providerFailed == null) {
            superblockBusy = true;
            superblockWrites.poll().run();
        }
    }

    MetadataLayout layout() {
        return superblock.layout();
    }

    /// Hands a write or a zeroing to the provider; its extents are in the maps on disk, if they
    /// have to be.
    void apply(Operation operation) {
        operation.submitted = true;
        if (operation.kind == Operation.Kind.ZERO) {
            effects.zero(
                    operation.token(),
                    operation.offset,
                    operation.length,
                    operation.mayUnmap,
                    operation.fua);
        } else {
            effects.write(
                    operation.token(),
                    operation.buffer,
                    operation.offset,
                    operation.length,
                    operation.fua);
        }
    }

    // --- sending ---

    /// At a primary: nothing more goes to `peer` until it is brought back. What is under way and
    /// not confirmed it has missed.
    void leaveOut(Peer peer, String cause) {
        peer.counts = false;
        peer.receives = false;
        final Resync resync = peer.resync;
        if (resync != null) {
            operations.unconfirmedBy(peer, resync::missed);
            resync.broken(cause);
        }
    }

    void send(Peer peer, Message message) {
        if (peer.up) {
            effects.send(peer.index, message);
        }
    }

    void refuse(Peer peer, String cause) {
        effects.report(new Report.Refused(peer.node, cause));
        peer.lastError = cause;
        effects.disconnect(peer.index, cause);
    }
}
