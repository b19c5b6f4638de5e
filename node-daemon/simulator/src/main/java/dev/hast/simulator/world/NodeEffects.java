package dev.hast.simulator.world;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.metadata.MetadataLayout;
import dev.hast.core.replication.ArbiterAnswer;
import dev.hast.core.replication.Bug;
import dev.hast.core.replication.Effects;
import dev.hast.core.replication.Message;
import dev.hast.core.replication.Operation;
import dev.hast.core.replication.Replica;
import dev.hast.core.replication.Report;
import dev.hast.simulator.kernel.RandomSource;
import dev.hast.simulator.kernel.Violation;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// What one process's replica asks for, carried out by the simulated world. Ends with the process.
final class NodeEffects implements Effects {

    private static final int SECTOR = SectorStore.SECTOR_BYTES;
    private static final int CHUNK_SECTORS = Replica.CHUNK_BYTES / SECTOR;

    private final World world;
    private final Node node;
    private final RandomSource random;
    private final int life;
    private final BufferPool buffers = new BufferPool();

    NodeEffects(World world, Node node, RandomSource random) {
        this.world = world;
        this.node = node;
        this.random = random;
        this.life = node.life();
    }

    BufferPool buffers() {
        return buffers;
    }

    // --- disk ---

    private int sector(long offset, int length) {
        Violation.unless(
                offset >= 0
                        && length > 0
                        && length <= Replica.OPERATION_BYTES_MAX
                        && (offset | length) % SECTOR == 0
                        && offset + length <= node.capacity(),
                "I/O inside the provider",
                "%s: %d+%d of %d",
                node,
                offset,
                length,
                node.capacity());
        return (int) (offset / SECTOR);
    }

    @Override
    public void read(long token, long buffer, long offset, int length) {
        final long[] target = buffers.content(buffer);
        buffers.pin(buffer);
        node.disk()
                .submit(
                        new SimulatedDisk.Command.Read(
                                sector(offset, length), length / SECTOR, target),
                        result -> {
                            if (node.life() == life) {
                                buffers.unpin(buffer);
                            }
                            completed(token, result);
                        });
    }

    @Override
    public void write(long token, long buffer, long offset, int length, boolean fua) {
        final long[] content = Arrays.copyOf(buffers.content(buffer), length / SECTOR);
        buffers.pin(buffer);
        submitWrite(token, sector(offset, length), content, fua, result -> buffers.unpin(buffer));
    }

    @Override
    public void zero(long token, long offset, int length, boolean mayUnmap, boolean fua) {
        submitWrite(token, sector(offset, length), new long[length / SECTOR], fua, _ -> {});
    }

    private void submitWrite(
            long token, int sector, long[] content, boolean fua, IntConsumer before) {
        world.trace()
                .print(
                        node.name(),
                        "> write",
                        token,
                        () ->
                                "sectors %d+%d %x%s"
                                        .formatted(
                                                sector,
                                                content.length,
                                                content[0],
                                                fua ? " fua" : ""));
        node.disk()
                .submit(
                        new SimulatedDisk.Command.Write(sector, content, fua),
                        result -> {
                            if (node.life() == life) {
                                before.accept(result);
                            }
                            completed(token, result);
                        });
    }

    @Override
    public void flush(long token) {
        world.trace().print(node.name(), "> flush", token, () -> "");
        node.disk().submit(new SimulatedDisk.Command.Flush(), result -> completed(token, result));
    }

    @Override
    public void hash(long token, long offset, int length) {
        final int sectors = length / SECTOR;
        final long[] content = new long[sectors];
        node.disk()
                .submit(
                        new SimulatedDisk.Command.Scan(sector(offset, length), sectors, content),
                        result ->
                                node.deliverTo(
                                        life,
                                        "hashed",
                                        result,
                                        r -> r.hashed(token, result, hashes(content), node.now())));
    }

    private static long[] hashes(long[] content) {
        final long[] hashes = new long[2 * Math.ceilDiv(content.length, CHUNK_SECTORS)];
        for (int i = 0; i < content.length; i++) {
            final int at = 2 * (i / CHUNK_SECTORS);
            hashes[at] = RandomSource.mix(hashes[at] * 31 + content[i]);
            hashes[at + 1] = RandomSource.mix(hashes[at + 1] + 17 * content[i] + i);
        }
        return hashes;
    }

    @Override
    public void persist(long token, int index, byte[] page) {
        Violation.unless(
                page.length == MetadataLayout.PAGE_BYTES,
                "metadata in its place",
                "%d bytes",
                page.length);
        world.trace().print(node.name(), "> persist", token, () -> "page " + index);
        node.disk()
                .submit(
                        new SimulatedDisk.Command.Persist(index, page),
                        result -> completed(token, result));
    }

    private void completed(long token, int result) {
        node.deliverTo(
                life,
                result == 0 ? "done" : "failed",
                token,
                r -> r.completed(token, result, node.now()));
    }

    // --- peers ---

    private void post(
            int peer,
            String name,
            long number,
            java.util.function.Supplier<?> detail,
            Consumer<Replica> event) {
        node.linkTo(peer).send(node, new Link.Parcel(name, number, detail, event));
    }

    private Node peer(int peer) {
        final Link link = node.linkTo(peer);
        return link.first() == node ? link.second() : link.first();
    }

    @Override
    public void sendWrite(int peer, Operation operation, long epoch, long watermark) {
        final Node other = peer(peer);
        final int from = other.peerIndex(node);
        final Operation.Kind kind = operation.kind();
        final long sequence = operation.sequence();
        final long offset = operation.offset();
        final int length = operation.length();
        final boolean fua = operation.fua();
        final boolean mayUnmap = operation.mayUnmap();
        final long @Nullable [] content =
                operation.buffer() == Operation.NO_BUFFER
                        ? null
                        : Arrays.copyOf(buffers.content(operation.buffer()), length / SECTOR);
        post(
                peer,
                kind.name(),
                sequence,
                () ->
                        "from %s epoch %d sectors %d+%d %s watermark %d"
                                .formatted(
                                        node,
                                        epoch,
                                        offset / SECTOR,
                                        length / SECTOR,
                                        content == null ? "" : Long.toHexString(content[0]),
                                        watermark),
                replica -> {
                    final long buffer = content == null ? Operation.NO_BUFFER : other.wrap(content);
                    replica.receivedWrite(
                            from,
                            kind,
                            epoch,
                            sequence,
                            offset,
                            length,
                            fua,
                            mayUnmap,
                            watermark,
                            buffer,
                            other.now());
                });
    }

    @Override
    public void sendConfirm(int peer, long epoch, long sequence, boolean written) {
        final Node other = peer(peer);
        final int from = other.peerIndex(node);
        post(
                peer,
                written ? "written" : "received",
                sequence,
                () -> "from %s epoch %d".formatted(node, epoch),
                replica -> replica.receivedConfirm(from, epoch, sequence, written, other.now()));
    }

    @Override
    public void send(int peer, Message message) {
        final Node other = peer(peer);
        final int from = other.peerIndex(node);
        if (message instanceof Message.ReadReply(long id, int result, long buffer, int length)
                && buffer != Operation.NO_BUFFER) {
            final long[] content = buffers.content(buffer).clone();
            post(
                    peer,
                    "ReadReply",
                    id,
                    () -> "from " + node,
                    replica ->
                            replica.received(
                                    from,
                                    new Message.ReadReply(id, result, other.wrap(content), length),
                                    other.now()));
            return;
        }
        post(
                peer,
                message.getClass().getSimpleName(),
                from,
                () -> "from %s %s".formatted(node, Describe.message(message)),
                replica -> replica.received(from, message, other.now()));
    }

    @Override
    public void disconnect(int peer, String cause) {
        world.trace().print(node.name(), "> disconnect", peer, () -> cause);
        node.linkTo(peer).close(node, cause);
    }

    // --- arbiter ---

    @Override
    public void readArbiter(long token) {
        world.arbiter().read(node, answer -> answered(token, answer));
    }

    @Override
    public void compareAndSet(long token, @Nullable Configuration expected, Configuration next) {
        world.trace().print(node.name(), "> propose", next.epoch(), () -> next);
        world.arbiter().compareAndSet(node, expected, next, answer -> answered(token, answer));
    }

    private void answered(long token, ArbiterAnswer answer) {
        if (node.life() == life) {
            node.deliver(
                    "arbiter", 0, () -> answer, r -> r.arbiterAnswered(token, answer, node.now()));
        }
    }

    // --- clients and the rest ---

    @Override
    public void complete(long request, int result) {
        world.trace().note(node.name(), "< answer", request, () -> result);
        world.observer().completed(node, request, result);
    }

    @Override
    public long allocate(int length) {
        return buffers.allocate(length);
    }

    @Override
    public void copy(long from, long to, int length) {
        System.arraycopy(buffers.content(from), 0, buffers.content(to), 0, length / SECTOR);
    }

    @Override
    public void release(long buffer) {
        buffers.release(buffer);
    }

    @Override
    public long random() {
        return random.nextLong();
    }

    @Override
    public boolean has(Bug bug) {
        return bug == world.options().bug;
    }

    @Override
    public void report(Report report) {
        world.trace()
                .note(node.name(), "! " + report.getClass().getSimpleName(), life, () -> report);
        if (report instanceof Report.ProviderFailed) {
            node.providerHasFailed();
        }
        world.observer().reported(node, report);
    }
}
