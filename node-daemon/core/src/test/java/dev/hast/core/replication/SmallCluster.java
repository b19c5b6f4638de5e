package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.metadata.MetadataLayout;
import dev.hast.core.metadata.StoredReplica;
import dev.hast.core.metadata.Superblock;
import dev.hast.core.replication.Operation.Kind;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A few replicas in one queue of events, without faults: for scenarios that a person can follow.
/// The simulator is for the rest.
///
/// Everything that is asked for happens at once and in order; time passes only by [#run].
final class SmallCluster {

    static final int EXTENT = 64 << 10;
    static final int BLOCK = 4096;
    static final long SIZE = 16L * EXTENT;
    private static final long TICK = 20_000_000L;

    final List<Node> nodes = new ArrayList<>();
    final Map<Long, Integer> answers = new HashMap<>();
    @Nullable Configuration register;
    private final ArrayDeque<Runnable> events = new ArrayDeque<>();
    private long now = 1_000_000_000L;
    private long randoms = 1;

    SmallCluster(String... names) {
        for (String name : names) {
            nodes.add(new Node(name, List.of(names)));
        }
        nodes.forEach(node -> node.replica.start(now));
        for (Node one : nodes) {
            for (Node other : nodes) {
                if (one != other) {
                    one.replica.linkUp(one.indexOf(other), now);
                }
            }
        }
        settle();
    }

    Node node(String name) {
        return nodes.stream().filter(node -> node.name.equals(name)).findFirst().orElseThrow();
    }

    Optional<String> server() {
        return nodes.stream()
                .filter(node -> node.alive && node.replica.serving())
                .map(node -> node.name)
                .findFirst();
    }

    /// Lets time pass.
    void run(long millis) {
        final long until = now + millis * 1_000_000L;
        while (now < until) {
            now += TICK;
            nodes.stream().filter(node -> node.alive).forEach(node -> node.replica.tick(now));
            settle();
        }
    }

    private void settle() {
        for (Runnable event = events.poll(); event != null; event = events.poll()) {
            event.run();
        }
    }

    String order(String name, java.util.function.BiConsumer<Replica, AdminAnswer> order) {
        final List<String> answer = new ArrayList<>();
        order.accept(
                node(name).replica,
                (accepted, message) -> answer.add((accepted ? "done: " : "refused: ") + message));
        settle();
        run(200);
        return answer.isEmpty() ? "no answer" : answer.getFirst();
    }

    long now() {
        return now;
    }

    /// One machine: a replica, its disk in memory, its ends of the links.
    final class Node implements Effects {
        final String name;
        final Replica replica;
        final byte[] disk = new byte[(int) SIZE];
        final Map<Long, byte[]> buffers = new HashMap<>();
        final List<Report> reports = new ArrayList<>();
        boolean alive = true;
        private final List<String> peers;
        private long lastBuffer;

        Node(String name, List<String> all) {
            this.name = name;
            this.peers = all.stream().filter(other -> !other.equals(name)).toList();
            final MetadataLayout layout = new MetadataLayout(1);
            final Superblock blank = Superblock.blank(7, "demo", name, EXTENT, layout);
            final StoredReplica stored = StoredReplica.read(blank, StoredReplica.format(blank));
            replica =
                    new Replica(
                            ReplicaSettings.defaults(name, peers),
                            stored,
                            42,
                            layout.dataOffset() + SIZE,
                            this);
        }

        int indexOf(Node other) {
            return peers.indexOf(other.name);
        }

        private Node peer(int index) {
            return node(peers.get(index));
        }

        /// The machine is gone; its peers notice.
        void die() {
            alive = false;
            for (Node other : nodes) {
                if (other != this) {
                    other.replica.linkDown(other.indexOf(this), "dead", now);
                }
            }
            settle();
        }

        long write(long request, int block, int value) {
            final long buffer = allocate(BLOCK);
            Arrays.fill(buffers.get(buffer), (byte) value);
            replica.write(request, buffer, (long) block * BLOCK, BLOCK, false, now);
            settle();
            return request;
        }

        private void later(Runnable event) {
            events.add(() -> {
                if (alive) {
                    event.run();
                }
            });
        }

        private void done(long token) {
            later(() -> replica.completed(token, 0, now));
        }

        @Override
        public void read(long token, long buffer, long offset, int length) {
            System.arraycopy(disk, (int) offset, buffers.get(buffer), 0, length);
            done(token);
        }

        @Override
        public void write(long token, long buffer, long offset, int length, boolean fua) {
            System.arraycopy(buffers.get(buffer), 0, disk, (int) offset, length);
            done(token);
        }

        @Override
        public void zero(long token, long offset, int length, boolean mayUnmap, boolean fua) {
            Arrays.fill(disk, (int) offset, (int) offset + length, (byte) 0);
            done(token);
        }

        @Override
        public void flush(long token) {
            done(token);
        }

        @Override
        public void hash(long token, long offset, int length) {
            final long[] hashes = new long[2 * Math.ceilDiv(length, Replica.CHUNK_BYTES)];
            for (int i = 0; i < hashes.length / 2; i++) {
                final int from = (int) offset + i * Replica.CHUNK_BYTES;
                hashes[2 * i] =
                        Arrays.hashCode(
                                Arrays.copyOfRange(
                                        disk,
                                        from,
                                        Math.min(
                                                from + Replica.CHUNK_BYTES,
                                                (int) offset + length)));
            }
            later(() -> replica.hashed(token, 0, hashes, now));
        }

        @Override
        public void persist(long token, int index, byte[] page) {
            done(token);
        }

        @Override
        public void sendWrite(int peer, Operation operation, long epoch, long watermark) {
            final Node to = peer(peer);
            final Kind kind = operation.kind();
            final long sequence = operation.sequence();
            final long offset = operation.offset();
            final int length = operation.length();
            final byte[] data =
                    operation.buffer() == Operation.NO_BUFFER
                            ? new byte[0]
                            : buffers.get(operation.buffer()).clone();
            to.later(() -> {
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
                        false,
                        false,
                        watermark,
                        buffer,
                        now);
            });
        }

        @Override
        public void sendConfirm(int peer, long epoch, long sequence, boolean written) {
            final Node to = peer(peer);
            to.later(() ->
                    to.replica.receivedConfirm(to.indexOf(this), epoch, sequence, written, now));
        }

        @Override
        public void send(int peer, Message message) {
            final Node to = peer(peer);
            to.later(() -> to.replica.received(to.indexOf(this), message, now));
        }

        @Override
        public void disconnect(int peer, String cause) {
            final Node to = peer(peer);
            later(() -> replica.linkDown(peer, cause, now));
            to.later(() -> to.replica.linkDown(to.indexOf(this), cause, now));
            later(() -> replica.linkUp(peer, now));
            to.later(() -> to.replica.linkUp(to.indexOf(this), now));
        }

        @Override
        public void readArbiter(long token) {
            later(() -> replica.arbiterAnswered(token, new ArbiterAnswer.Current(register), now));
        }

        @Override
        public void compareAndSet(
                long token, @Nullable Configuration expected, Configuration next) {
            final boolean swapped = java.util.Objects.equals(expected, register);
            final Configuration found = register;
            register = swapped ? next : register;
            later(() ->
                    replica.arbiterAnswered(
                            token,
                            swapped
                                    ? new ArbiterAnswer.Swapped()
                                    : new ArbiterAnswer.Conflict(found),
                            now));
        }

        @Override
        public void complete(long request, int result) {
            answers.put(request, result);
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
            return randoms++;
        }

        @Override
        public void report(Report report) {
            reports.add(report);
        }
    }
}
