package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.metadata.MetadataLayout;
import dev.hast.core.metadata.StoredReplica;
import dev.hast.core.metadata.Superblock;
import dev.hast.core.metadata.UnsupportedFormatException;
import dev.hast.core.replication.Operation.Kind;
import dev.hast.core.replication.ReplicaSettings.OnArbiterLost;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// One machine: a replica, its disk in memory, its ends of the links.
final class SmallNode implements Effects {
    private final SmallCluster cluster;
    final String name;
    Replica replica;
    MemoryDisk disk;
    private int life;
    private final ReplicaSettings settings;
    final Map<Long, byte[]> buffers = new HashMap<>();
    final List<Report> reports = new ArrayList<>();
    boolean alive = true;

    private final List<String> peers;
    private long lastBuffer;

    SmallNode(
            SmallCluster cluster,
            String name,
            List<String> all,
            OnArbiterLost onArbiterLost,
            boolean arbitrated) {
        this.cluster = cluster;
        this.name = name;
        this.peers = all.stream().filter(other -> !other.equals(name)).toList();
        settings = settings(name, peers, onArbiterLost, arbitrated);
        disk = emptyDisk();
        replica = open(42);
    }

    private static ReplicaSettings settings(
            String name, List<String> peers, OnArbiterLost onArbiterLost, boolean arbitrated) {
        final ReplicaSettings product = ReplicaSettings.defaults(name, peers);
        return new ReplicaSettings(
                name,
                peers,
                product.mode(),
                arbitrated,
                product.autoPromote(),
                onArbiterLost,
                product.timeout(),
                product.grant(),
                product.margin(),
                product.heartbeat(),
                product.reconnectGrace(),
                product.memoryLossWait(),
                SmallCluster.EXTENT,
                SmallCluster.ACTIVITY_LOG_EXTENTS,
                product.operationsMax(),
                product.resyncBytesPerSecond(),
                product.resyncBytesPerSecondLeast());
    }

    private MemoryDisk emptyDisk() {
        return new MemoryDisk(
                (int) SmallCluster.SIZE,
                StoredReplica.format(
                        Superblock.blank(
                                7, "demo", name, SmallCluster.EXTENT, new MetadataLayout(1))));
    }

    private Replica open(long incarnation) {
        try {
            final Superblock superblock = StoredReplica.superblock(disk.metadata).orElseThrow();
            return new Replica(
                    settings,
                    StoredReplica.read(superblock, disk.metadata),
                    incarnation,
                    superblock.layout().dataOffset() + SmallCluster.SIZE,
                    this);
        } catch (UnsupportedFormatException e) {
            throw new AssertionError(e);
        }
    }

    /// A process begins. Another incarnation than before: the machine was without power.
    void start(long incarnation) {
        life++;
        alive = true;
        buffers.clear();
        replica = open(incarnation);
        replica.start(cluster.now());
        for (SmallNode other : cluster.nodes) {
            if (other != this && !cluster.isCut(this, other)) {
                replica.linkUp(indexOf(other), cluster.now());
                other.replica.linkUp(other.indexOf(this), cluster.now());
            }
        }
        cluster.settle();
    }

    /// Somebody puts an empty disk in. Only while it is dead.
    void replaceDisk() {
        disk = emptyDisk();
    }

    int slot() {
        return cluster.nodes.indexOf(this);
    }

    int indexOf(SmallNode other) {
        return peers.indexOf(other.name);
    }

    private SmallNode peer(int index) {
        return cluster.node(peers.get(index));
    }

    /// The machine is gone; its peers notice.
    void die() {
        alive = false;
        for (SmallNode other : cluster.nodes) {
            if (other != this) {
                cluster.lose(this, other);
                other.replica.linkDown(other.indexOf(this), "dead", cluster.now());
            }
        }
        cluster.settle();
    }

    long write(long request, int block, int value) {
        return write(request, block, value, false);
    }

    long write(long request, int block, int value, boolean fua) {
        final long buffer = allocate(SmallCluster.BLOCK);
        Arrays.fill(buffers.get(buffer), (byte) value);
        replica.write(
                request,
                buffer,
                (long) block * SmallCluster.BLOCK,
                SmallCluster.BLOCK,
                fua,
                cluster.now());
        cluster.settle();
        return request;
    }

    void askFlush(long request) {
        replica.flush(request, cluster.now());
        cluster.settle();
    }

    private void later(Runnable event) {
        final int scheduledIn = life;
        cluster.events.add(() -> {
            if (alive && life == scheduledIn) {
                event.run();
            }
        });
    }

    private void travel(SmallNode to, Runnable arrival) {
        final String way = name + ">" + to.name;
        final Set<String> link = Set.of(name, to.name);
        final int sentIn = cluster.sessions.getOrDefault(link, 0);
        final Runnable event =
                () -> {
                    if (cluster.sessions.getOrDefault(link, 0) == sentIn) {
                        arrival.run();
                    }
                };
        if (cluster.held.containsKey(way)) {
            cluster.held.get(way).add(() -> to.later(event));
        } else {
            to.later(event);
        }
    }

    private void done(long token, int result) {
        if (result != MemoryDisk.LOST) {
            later(() -> replica.completed(token, result, cluster.now()));
        }
    }

    @Override
    public void read(long token, long buffer, long offset, int length) {
        done(token, disk.read(buffers.get(buffer), offset, length));
    }

    @Override
    public void write(long token, long buffer, long offset, int length, boolean fua) {
        done(token, disk.write(buffers.get(buffer), offset, length, fua));
    }

    @Override
    public void zero(long token, long offset, int length, boolean mayUnmap, boolean fua) {
        done(token, disk.zero(offset, length));
    }

    @Override
    public void flush(long token) {
        done(token, disk.flush());
    }

    @Override
    public void hash(long token, long offset, int length) {
        final int result = disk.readability(offset);
        if (result != MemoryDisk.LOST) {
            final long[] hashes = result == 0 ? disk.hashes(offset, length) : new long[0];
            later(() -> replica.hashed(token, result, hashes, cluster.now()));
        }
    }

    @Override
    public void persist(long token, int index, byte[] page) {
        done(token, disk.persist(index, page));
    }

    @Override
    public void sendWrite(int peer, Operation operation, long epoch, long watermark) {
        final SmallNode to = peer(peer);
        if (cluster.isCut(this, to)) {
            return;
        }
        final Kind kind = operation.kind();
        final long sequence = operation.sequence();
        final long offset = operation.offset();
        final int length = operation.length();
        final boolean fua = operation.fua();
        final byte[] data =
                operation.buffer() == Operation.NO_BUFFER
                        ? new byte[0]
                        : buffers.get(operation.buffer()).clone();
        travel(
                to,
                () -> {
                    long buffer = Operation.NO_BUFFER;
                    if (data.length > 0) {
                        buffer = to.allocate(data.length);
                        to.buffers.put(buffer, data);
                    }
                    to.replica.receivedWrite(
                            to.indexOf(this),
                            kind,
                            epoch,
                            sequence,
                            offset,
                            length,
                            fua,
                            false,
                            watermark,
                            buffer,
                            cluster.now());
                });
    }

    @Override
    public void sendConfirm(int peer, long epoch, long sequence, boolean written) {
        final SmallNode to = peer(peer);
        if (cluster.isCut(this, to)) {
            return;
        }
        travel(
                to,
                () ->
                        to.replica.receivedConfirm(
                                to.indexOf(this), epoch, sequence, written, cluster.now()));
    }

    @Override
    public void send(int peer, Message message) {
        final SmallNode to = peer(peer);
        if (cluster.isCut(this, to)) {
            return;
        }
        travel(to, () -> to.replica.received(to.indexOf(this), message, cluster.now()));
    }

    @Override
    public void disconnect(int peer, String cause) {
        final SmallNode to = peer(peer);
        if (cluster.isCut(this, to)) {
            return;
        }
        cluster.sessions.merge(Set.of(name, to.name), 1, Integer::sum);
        later(() -> replica.linkDown(peer, cause, cluster.now()));
        to.later(() -> to.replica.linkDown(to.indexOf(this), cause, cluster.now()));
        later(() -> replica.linkUp(peer, cluster.now()));
        to.later(() -> to.replica.linkUp(to.indexOf(this), cluster.now()));
    }

    @Override
    public void readArbiter(long token) {
        final ArbiterAnswer answer =
                cluster.withoutArbiter.contains(name)
                        ? new ArbiterAnswer.Unavailable("away")
                        : new ArbiterAnswer.Current(cluster.register);
        later(() -> replica.arbiterAnswered(token, answer, cluster.now()));
    }

    @Override
    public void compareAndSet(long token, @Nullable Configuration expected, Configuration next) {
        final ArbiterAnswer answer;
        if (cluster.withoutArbiter.contains(name)) {
            answer = new ArbiterAnswer.Unavailable("away");
        } else if (cluster.slowToArbiter.contains(name)) {
            cluster.lateChanges.add(() -> change(expected, next));
            answer = new ArbiterAnswer.Unknown("slow");
        } else {
            answer = change(expected, next);
        }
        later(() -> replica.arbiterAnswered(token, answer, cluster.now()));
    }

    private ArbiterAnswer change(@Nullable Configuration expected, Configuration next) {
        if (!Objects.equals(expected, cluster.register)) {
            return new ArbiterAnswer.Conflict(cluster.register);
        }
        cluster.register = next;
        return new ArbiterAnswer.Swapped();
    }

    @Override
    public void complete(long request, int result) {
        cluster.answers.put(request, result);
    }

    @Override
    public long allocate(int length) {
        buffers.put(++lastBuffer, new byte[length]);
        return lastBuffer;
    }

    @Override
    public void copy(long source, long target, int length) {
        System.arraycopy(buffers.get(source), 0, buffers.get(target), 0, length);
    }

    @Override
    public void release(long buffer) {
        if (buffers.remove(buffer) == null) {
            throw new IllegalStateException("buffer " + buffer + " was released twice");
        }
    }

    @Override
    public long random() {
        return cluster.randoms++;
    }

    @Override
    public boolean has(Bug bug) {
        return cluster.bugs.contains(bug);
    }

    @Override
    public void report(Report report) {
        reports.add(report);
    }
}
