package dev.hast.daemon.resource;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.metadata.StoredReplica;
import dev.hast.core.replication.ArbiterAnswer;
import dev.hast.core.replication.Effects;
import dev.hast.core.replication.Message;
import dev.hast.core.replication.Operation;
import dev.hast.core.replication.Replica;
import dev.hast.core.replication.ReplicaSettings;
import dev.hast.core.replication.Report;
import dev.hast.daemon.arbiter.ConfigurationRegister;
import dev.hast.daemon.document.ResourceDocument.Replication;
import dev.hast.daemon.replication.Link;
import dev.hast.daemon.replication.LinkListener;
import dev.hast.daemon.resource.StageTimes.Stage;
import dev.hast.daemon.storage.BlockBuffers;
import dev.hast.daemon.storage.Provider;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.ReferenceCountUtil;
import java.security.SecureRandom;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A core replica on its event loop: carries out its commands, and feeds it what happens.
///
/// Every call into the replica stands between [#enter] and [#leave]; the answers to clients are
/// handed out when the outermost one leaves.
final class ReplicaShell implements Effects, LinkListener {

    private static final SecureRandom RANDOM = new SecureRandom();

    private final EventLoop loop;
    private final BlockBuffers blocks;
    private final BufferTable buffers = new BufferTable();
    private final Provider provider;
    private final LocalStore store;
    private final ChunkHasher hasher;
    private final ConfigurationRegister arbiter;
    private final Replica replica;
    private final PeerLinks links = new PeerLinks();
    private final ClientVolume volume;
    private final PeerNotes notes;
    private final Consumer<Report> reports;
    private final Statistics statistics = new Statistics();
    private final StageTimes times = new StageTimes();
    private final int extentBytes;
    private final long dataOffset;
    private Replication replication;
    private final Ticker ticker;
    private final Idleness idleness;
    private Runnable onTick = () -> {};
    private int depth;
    private boolean ended;
    private Ticker.@Nullable Place place;

    /// @param workers for hashing
    record Environment(
            EventLoop loop,
            Ticker ticker,
            BlockBuffers blocks,
            Provider provider,
            ConfigurationRegister arbiter,
            Executor workers,
            PeerNotes notes,
            Consumer<Report> reports) {}

    ReplicaShell(
            Environment environment,
            ReplicaSettings settings,
            Replication replication,
            StoredReplica stored,
            long incarnation) {
        this.loop = environment.loop();
        this.ticker = environment.ticker();
        this.idleness = new Idleness(settings);
        this.blocks = environment.blocks();
        this.provider = environment.provider();
        this.arbiter = environment.arbiter();
        this.notes = environment.notes();
        this.reports = environment.reports();
        this.replication = replication;
        this.links.peers(settings.peers());
        this.notes.links(links);
        this.times.peers(settings.peers());
        this.extentBytes = stored.superblock().extentBytes();
        this.dataOffset = stored.superblock().layout().dataOffset();
        this.store =
                new LocalStore(
                        provider,
                        blocks,
                        stored.superblock().layout().dataOffset(),
                        this::stored,
                        statistics);
        this.hasher = new ChunkHasher(store, this, loop, environment.workers());
        this.volume = new ClientVolume(this, provider.sectorSize(), statistics);
        this.replica = new Replica(settings, stored, incarnation, provider.capacity(), this);
    }

    void start() {
        replica.start(enter());
        leave();
        place = ticker.add(this::tick);
    }

    private int tick() {
        final long now = enterWithoutNews();
        replica.tick(now);
        leave();
        onTick.run();
        return idleness.turns(now, replica, links);
    }

    void onTick(Runnable action) {
        onTick = action;
    }

    /// Stops feeding the replica; what the provider still owes is dropped.
    void end() {
        ended = true;
        if (place != null) {
            ticker.remove(place);
        }
        links.closeAll("the resource is being stopped");
    }

    // --- entering and leaving the replica ---

    long enter() {
        final long now = enterWithoutNews();
        idleness.news(now);
        if (place != null) {
            place.wake();
        }
        return now;
    }

    /// For what comes again and again on an idle resource.
    private long enterWithoutNews() {
        depth++;
        return System.nanoTime();
    }

    void leave() {
        if (--depth == 0) {
            volume.handOut();
        }
    }

    Replica replica() {
        return replica;
    }

    ClientVolume volume() {
        return volume;
    }

    BufferTable buffers() {
        return buffers;
    }

    BlockBuffers blocks() {
        return blocks;
    }

    Statistics statistics() {
        return statistics;
    }

    StageTimes times() {
        return times;
    }

    int extentBytes() {
        return extentBytes;
    }

    /// Where the volume begins on the provider.
    long dataOffset() {
        return dataOffset;
    }

    /// What waits for the network, by peer.
    Map<String, Long> queuedBytes() {
        return links.queuedBytes();
    }

    List<String> peers() {
        return links.names();
    }

    long volumeSize() {
        return replica.volumeSize();
    }

    /// Takes over what may change while it runs; see [Replica#settings].
    void settings(ReplicaSettings next, Replication itsReplication) {
        replication = itsReplication;
        idleness.settings(next);
        links.peers(next.peers());
        times.peers(next.peers());
        replica.settings(next, enter());
        leave();
    }

    private void stored(long token, int result) {
        if (!ended) {
            final long now = enter();
            times.answered(token, now);
            replica.completed(token, result, now);
            leave();
        }
    }

    // --- effects: provider ---

    @Override
    public void read(long token, long buffer, long offset, int length) {
        times.asked(Stage.READ, token);
        store.read(token, buffers.get(buffer), offset, length);
    }

    @Override
    public void write(long token, long buffer, long offset, int length, boolean fua) {
        times.asked(Stage.WRITE, token);
        store.write(token, buffers.get(buffer), offset, length, fua);
    }

    @Override
    public void zero(long token, long offset, int length, boolean mayUnmap, boolean fua) {
        times.asked(Stage.ZERO, token);
        store.zero(token, offset, length, mayUnmap, fua);
    }

    @Override
    public void flush(long token) {
        times.asked(Stage.FLUSH, token);
        store.flush(token);
    }

    @Override
    public void hash(long token, long offset, int length) {
        times.asked(Stage.HASH, token);
        hasher.hash(
                token,
                offset,
                length,
                (same, result, hashes) -> {
                    if (!ended) {
                        final long now = enter();
                        times.answered(same, now);
                        replica.hashed(same, result, hashes, now);
                        leave();
                    }
                });
    }

    @Override
    public void persist(long token, int index, byte[] page) {
        times.asked(Stage.PERSIST, token);
        store.persist(token, index, page);
    }

    // --- effects: peers ---

    @Override
    public void sendWrite(int peer, Operation operation, long epoch, long watermark) {
        final Link link = links.get(peer);
        if (link != null) {
            final ByteBuf data =
                    operation.buffer() == Operation.NO_BUFFER
                            ? null
                            : buffers.get(operation.buffer());
            times.sent(peer, operation.sequence());
            statistics.sentBytes += operation.length();
            link.sendWrite(
                    operation,
                    epoch,
                    watermark,
                    data,
                    replication.checksum(),
                    replication.compression());
        }
    }

    @Override
    public void sendConfirm(int peer, long epoch, long sequence, boolean written) {
        final Link link = links.get(peer);
        if (link != null) {
            link.sendConfirm(epoch, sequence, written);
        }
    }

    @Override
    public void send(int peer, Message message) {
        final Link link = links.get(peer);
        if (link == null) {
            return;
        }
        if (message instanceof Message.ReadReply reply) {
            final ByteBuf data =
                    reply.buffer() == Operation.NO_BUFFER ? null : buffers.get(reply.buffer());
            link.sendReadReply(
                    reply.id(), reply.result(), data, reply.length(), replication.checksum());
        } else {
            link.send(message);
        }
    }

    @Override
    public void disconnect(int peer, String cause) {
        final Link link = links.get(peer);
        if (link != null) {
            link.close(cause);
        }
    }

    // --- effects: arbiter, clients, the rest ---

    @Override
    public void readArbiter(long token) {
        arbiter.read(answer -> arbiterAnswered(token, answer));
    }

    @Override
    public void compareAndSet(long token, @Nullable Configuration expected, Configuration next) {
        arbiter.compareAndSet(expected, next, answer -> arbiterAnswered(token, answer));
    }

    private void arbiterAnswered(long token, ArbiterAnswer answer) {
        if (!ended) {
            replica.arbiterAnswered(token, answer, enterWithoutNews());
            leave();
        }
    }

    @Override
    public void complete(long request, int result) {
        volume.answer(request, result);
    }

    @Override
    public long allocate(int length) {
        return buffers.add(blocks.allocate(length));
    }

    @Override
    public void copy(long source, long target, int length) {
        buffers.get(target).setBytes(0, buffers.get(source), 0, length);
    }

    @Override
    public void release(long buffer) {
        buffers.release(buffer);
    }

    @Override
    public long random() {
        return RANDOM.nextLong();
    }

    @Override
    public void report(Report report) {
        reports.accept(report);
    }

    // --- links ---

    /// When a peer last sent a message, by `System.nanoTime()`; 0 for never. A primary pings, so
    /// its writes need not be counted.
    long heardAt(String peer) {
        final int index = links.indexOf(peer);
        return index < 0 ? 0 : idleness.heardAt(index);
    }

    /// The peer of a link that delivers; else [PeerLinks#NONE].
    private int current(Link link) {
        return ended ? PeerLinks.NONE : links.current(link);
    }

    @Override
    public void linkUp(Link link) {
        final int index = links.indexOf(link.peerNode());
        if (index < 0 || ended) {
            link.close("no peer of this resource");
            return;
        }
        final Link before = links.get(index);
        if (before != null) {
            // The peer dialled again: what still comes on the old link is of the past.
            links.set(index, null);
            times.linkDown(index);
            replica.linkDown(index, "replaced by a newer link", enter());
            leave();
            before.close("replaced by a newer link");
        }
        links.set(index, link);
        replica.linkUp(index, enter());
        leave();
    }

    @Override
    public void linkDown(Link link, String cause) {
        final int index = current(link);
        if (index >= 0) {
            links.set(index, null);
            times.linkDown(index);
            replica.linkDown(index, cause, enter());
            leave();
        }
    }

    @Override
    public void message(Link link, Message message) {
        final int index = current(link);
        if (index >= 0) {
            final boolean heartbeat =
                    message instanceof Message.Ping || message instanceof Message.Grant;
            final long now = heartbeat ? enterWithoutNews() : enter();
            idleness.heard(index, now);
            replica.received(index, message, now);
            leave();
        }
    }

    @Override
    public void note(Link link, String topic, byte[] note) {
        if (current(link) >= 0) {
            notes.received(topic, note);
        }
    }

    @Override
    public void write(Link link, WriteFrame frame, @Nullable ByteBuf data) {
        final int index = current(link);
        if (index < 0) {
            ReferenceCountUtil.release(data);
            return;
        }
        if (frame.length() > replica.capacity() - frame.offset()) {
            // Past what this provider can hold there is nothing, whatever the peer believes.
            ReferenceCountUtil.release(data);
            link.close(
                    "a write of %d bytes at %d, past the end of this replica at %d"
                            .formatted(frame.length(), frame.offset(), replica.capacity()));
            return;
        }
        statistics.receivedBytes += frame.length();
        replica.receivedWrite(
                index,
                frame.kind(),
                frame.epoch(),
                frame.sequence(),
                frame.offset(),
                frame.length(),
                frame.fua(),
                frame.mayUnmap(),
                frame.watermark(),
                data == null ? Operation.NO_BUFFER : buffers.add(data),
                enter());
        leave();
    }

    @Override
    public void confirm(Link link, long epoch, long sequence, boolean written) {
        final int index = current(link);
        if (index >= 0) {
            final long now = enter();
            times.confirmed(index, sequence, now);
            replica.receivedConfirm(index, epoch, sequence, written, now);
            leave();
        }
    }

    @Override
    public void readReply(Link link, long id, int result, @Nullable ByteBuf data, int length) {
        final int index = current(link);
        if (index < 0) {
            ReferenceCountUtil.release(data);
            return;
        }
        final long buffer = data == null ? Operation.NO_BUFFER : buffers.add(data);
        replica.received(index, new Message.ReadReply(id, result, buffer, length), enter());
        leave();
    }
}
