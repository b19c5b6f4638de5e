package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.metadata.MetadataLayout;
import dev.hast.core.metadata.StoredReplica;
import dev.hast.core.metadata.Superblock;
import dev.hast.core.metadata.UnsupportedFormatException;
import dev.hast.core.replication.Operation.Kind;
import dev.hast.core.replication.ReplicaSettings.OnArbiterLost;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;

/// A few replicas in one queue of events, without faults: for scenarios that a person can follow.
/// The simulator is for the rest.
///
/// Everything that is asked for happens at once and in order; time passes only by [#run].
final class SmallCluster {

    static final int EXTENT = 64 << 10;
    static final int BLOCK = 4096;
    static final int BLOCKS_IN_EXTENT = EXTENT / BLOCK;
    static final int ACTIVITY_LOG_EXTENTS = 8;
    static final long SIZE = 16L * EXTENT;
    private static final long TICK = 20_000_000L;

    final List<Node> nodes = new ArrayList<>();
    final Map<Long, Integer> answers = new HashMap<>();
    @Nullable Configuration register;

    /// Nodes whose changes reach the arbiter only by [#deliverChanges]; they are told that nobody
    /// knows.
    final Set<String> slowToArbiter = new HashSet<>();

    /// Nodes that the arbiter does not answer.
    final Set<String> withoutArbiter = new HashSet<>();

    /// Deliberate faults, on every node.
    private final Set<Bug> bugs;

    /// Ways from one node to another whose messages wait, by "from>to".
    private final Map<String, List<Runnable>> held = new HashMap<>();

    /// How often the link of two nodes was closed: what was sent before does not arrive after it.
    private final Map<Set<String>, Integer> sessions = new HashMap<>();

    private final List<Runnable> lateChanges = new ArrayList<>();
    private final Set<Set<String>> cut = new HashSet<>();
    private final ArrayDeque<Runnable> events = new ArrayDeque<>();
    private long now = 1_000_000_000L;
    private long randoms = 1;

    SmallCluster(String... names) {
        this(OnArbiterLost.SUSPEND, names);
    }

    SmallCluster(OnArbiterLost onArbiterLost, String... names) {
        this(onArbiterLost, true, Set.of(), names);
    }

    /// Roles by hand.
    static SmallCluster withoutArbiter(String... names) {
        return new SmallCluster(OnArbiterLost.SUSPEND, false, Set.of(), names);
    }

    /// The first node has initialised the resource, and the others have joined.
    static SmallCluster inSync(Set<Bug> bugs, String... names) {
        final SmallCluster cluster = new SmallCluster(OnArbiterLost.SUSPEND, true, bugs, names);
        cluster.order(
                names[0], (replica, answer) -> replica.initialise(SIZE, answer, cluster.now()));
        cluster.run(3_000);
        return cluster;
    }

    private SmallCluster(
            OnArbiterLost onArbiterLost, boolean arbitrated, Set<Bug> bugs, String... names) {
        this.bugs = bugs;
        for (String name : names) {
            nodes.add(new Node(name, List.of(names), onArbiterLost, arbitrated));
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

    /// Breaks the link of two nodes, or lets it come back.
    void cut(String one, String other, boolean off) {
        if (off) {
            cut.add(Set.of(one, other));
        } else {
            cut.remove(Set.of(one, other));
        }
        final Node first = node(one);
        final Node second = node(other);
        if (off) {
            lose(first, second);
            first.replica.linkDown(first.indexOf(second), "cut", now);
            second.replica.linkDown(second.indexOf(first), "cut", now);
        } else {
            first.replica.linkUp(first.indexOf(second), now);
            second.replica.linkUp(second.indexOf(first), now);
        }
        settle();
    }

    /// What `from` sends to `to` waits from here on.
    void hold(String from, String to) {
        held.put(from + ">" + to, new ArrayList<>());
    }

    /// What has waited arrives, and nothing waits any more.
    void release(String from, String to) {
        held.remove(from + ">" + to).forEach(Runnable::run);
        settle();
    }

    private void lose(Node one, Node other) {
        for (String way : List.of(one.name + ">" + other.name, other.name + ">" + one.name)) {
            if (held.containsKey(way)) {
                held.get(way).clear();
            }
        }
    }

    /// Says where two members of the in-sync set differ; empty when nowhere.
    Optional<String> difference() {
        final List<Node> members =
                nodes.stream()
                        .filter(node -> register.member(node.name).isPresent())
                        .filter(node ->
                                register.inSync().contains(register.member(node.name).get().slot()))
                        .toList();
        return members.stream()
                .filter(node -> !Arrays.equals(node.disk, members.getFirst().disk))
                .map(node ->
                        "%s and %s differ at byte %d"
                                .formatted(
                                        members.getFirst().name,
                                        node.name,
                                        Arrays.mismatch(node.disk, members.getFirst().disk)))
                .findFirst();
    }

    private boolean isCut(Node one, Node other) {
        return !one.alive || !other.alive || cut.contains(Set.of(one.name, other.name));
    }

    /// What was on its way to the arbiter arrives.
    void deliverChanges() {
        lateChanges.forEach(Runnable::run);
        lateChanges.clear();
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

    /// Lets time pass, and sees that no two nodes serve.
    void run(long millis) {
        final long until = now + millis * 1_000_000L;
        while (now < until) {
            now += TICK;
            nodes.stream().filter(node -> node.alive).forEach(node -> node.replica.tick(now));
            settle();
            final List<String> serving =
                    nodes.stream()
                            .filter(node -> node.alive && node.replica.serving())
                            .map(node -> node.name)
                            .toList();
            if (serving.size() > 1) {
                throw new AssertionError("two nodes serve: " + serving);
            }
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
        Replica replica;
        byte[] disk = new byte[(int) SIZE];
        private byte[] medium = new byte[(int) SIZE];
        private byte[] metadata;
        private int life;
        private final ReplicaSettings settings;
        final Map<Long, byte[]> buffers = new HashMap<>();
        final List<Report> reports = new ArrayList<>();
        boolean alive = true;

        /// Operations of the disk that are lost on their way, by their offset in the volume; those
        /// on metadata have -1.
        LongPredicate stuck = offset -> false;

        /// Offsets that cannot be read.
        LongPredicate unreadable = offset -> false;

        /// The disk refuses every page of metadata.
        boolean metadataFails;

        private final List<String> peers;
        private long lastBuffer;

        Node(String name, List<String> all, OnArbiterLost onArbiterLost, boolean arbitrated) {
            this.name = name;
            this.peers = all.stream().filter(other -> !other.equals(name)).toList();
            settings = settings(name, peers, onArbiterLost, arbitrated);
            metadata = StoredReplica.format(blank());
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
                    EXTENT,
                    ACTIVITY_LOG_EXTENTS,
                    product.operationsMax(),
                    product.resyncBytesPerSecond());
        }

        private Superblock blank() {
            return Superblock.blank(7, "demo", name, EXTENT, new MetadataLayout(1));
        }

        private Replica open(long incarnation) {
            try {
                final Superblock superblock = StoredReplica.superblock(metadata).orElseThrow();
                return new Replica(
                        settings,
                        StoredReplica.read(superblock, metadata),
                        incarnation,
                        superblock.layout().dataOffset() + SIZE,
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
            replica.start(now);
            for (Node other : nodes) {
                if (other != this && !isCut(this, other)) {
                    replica.linkUp(indexOf(other), now);
                    other.replica.linkUp(other.indexOf(this), now);
                }
            }
            settle();
        }

        /// Somebody puts an empty disk in. Only while it is dead.
        void replaceDisk() {
            metadata = StoredReplica.format(blank());
            disk = new byte[(int) SIZE];
            medium = disk.clone();
        }

        /// What was not flushed is gone. Only while it is dead.
        void losePower() {
            disk = medium.clone();
        }

        int indexIn(SmallCluster cluster) {
            return cluster.nodes.indexOf(this);
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
                    lose(this, other);
                    other.replica.linkDown(other.indexOf(this), "dead", now);
                }
            }
            settle();
        }

        long write(long request, int block, int value) {
            return write(request, block, value, false);
        }

        long write(long request, int block, int value, boolean fua) {
            final long buffer = allocate(BLOCK);
            Arrays.fill(buffers.get(buffer), (byte) value);
            replica.write(request, buffer, (long) block * BLOCK, BLOCK, fua, now);
            settle();
            return request;
        }

        void askFlush(long request) {
            replica.flush(request, now);
            settle();
        }

        private void later(Runnable event) {
            final int scheduledIn = life;
            events.add(() -> {
                if (alive && life == scheduledIn) {
                    event.run();
                }
            });
        }

        private void travel(Node to, Runnable arrival) {
            final String way = name + ">" + to.name;
            final Set<String> link = Set.of(name, to.name);
            final int sentIn = sessions.getOrDefault(link, 0);
            final Runnable event =
                    () -> {
                        if (sessions.getOrDefault(link, 0) == sentIn) {
                            arrival.run();
                        }
                    };
            if (held.containsKey(way)) {
                held.get(way).add(() -> to.later(event));
            } else {
                to.later(event);
            }
        }

        private void done(long token) {
            later(() -> replica.completed(token, 0, now));
        }

        @Override
        public void read(long token, long buffer, long offset, int length) {
            if (unreadable.test(offset)) {
                later(() -> replica.completed(token, Replica.EIO, now));
            } else if (!stuck.test(offset)) {
                System.arraycopy(disk, (int) offset, buffers.get(buffer), 0, length);
                done(token);
            }
        }

        @Override
        public void write(long token, long buffer, long offset, int length, boolean fua) {
            if (!stuck.test(offset)) {
                System.arraycopy(buffers.get(buffer), 0, disk, (int) offset, length);
                if (fua) {
                    System.arraycopy(disk, (int) offset, medium, (int) offset, length);
                }
                done(token);
            }
        }

        @Override
        public void zero(long token, long offset, int length, boolean mayUnmap, boolean fua) {
            Arrays.fill(disk, (int) offset, (int) offset + length, (byte) 0);
            done(token);
        }

        @Override
        public void flush(long token) {
            if (!stuck.test(-1)) {
                medium = disk.clone();
                done(token);
            }
        }

        @Override
        public void hash(long token, long offset, int length) {
            if (unreadable.test(offset)) {
                later(() -> replica.hashed(token, Replica.EIO, new long[0], now));
                return;
            }
            if (stuck.test(offset)) {
                return;
            }
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
            if (metadataFails) {
                later(() -> replica.completed(token, Replica.EIO, now));
            } else if (!stuck.test(-1)) {
                System.arraycopy(page, 0, metadata, index * MetadataLayout.PAGE_BYTES, page.length);
                done(token);
            }
        }

        @Override
        public void sendWrite(int peer, Operation operation, long epoch, long watermark) {
            final Node to = peer(peer);
            if (isCut(this, to)) {
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
                                now);
                    });
        }

        @Override
        public void sendConfirm(int peer, long epoch, long sequence, boolean written) {
            final Node to = peer(peer);
            if (isCut(this, to)) {
                return;
            }
            travel(
                    to,
                    () ->
                            to.replica.receivedConfirm(
                                    to.indexOf(this), epoch, sequence, written, now));
        }

        @Override
        public void send(int peer, Message message) {
            final Node to = peer(peer);
            if (isCut(this, to)) {
                return;
            }
            travel(to, () -> to.replica.received(to.indexOf(this), message, now));
        }

        @Override
        public void disconnect(int peer, String cause) {
            final Node to = peer(peer);
            if (isCut(this, to)) {
                return;
            }
            sessions.merge(Set.of(name, to.name), 1, Integer::sum);
            later(() -> replica.linkDown(peer, cause, now));
            to.later(() -> to.replica.linkDown(to.indexOf(this), cause, now));
            later(() -> replica.linkUp(peer, now));
            to.later(() -> to.replica.linkUp(to.indexOf(this), now));
        }

        @Override
        public void readArbiter(long token) {
            final ArbiterAnswer answer =
                    withoutArbiter.contains(name)
                            ? new ArbiterAnswer.Unavailable("away")
                            : new ArbiterAnswer.Current(register);
            later(() -> replica.arbiterAnswered(token, answer, now));
        }

        @Override
        public void compareAndSet(
                long token, @Nullable Configuration expected, Configuration next) {
            final ArbiterAnswer answer;
            if (withoutArbiter.contains(name)) {
                answer = new ArbiterAnswer.Unavailable("away");
            } else if (slowToArbiter.contains(name)) {
                lateChanges.add(() -> change(expected, next));
                answer = new ArbiterAnswer.Unknown("slow");
            } else {
                answer = change(expected, next);
            }
            later(() -> replica.arbiterAnswered(token, answer, now));
        }

        private ArbiterAnswer change(@Nullable Configuration expected, Configuration next) {
            if (!Objects.equals(expected, register)) {
                return new ArbiterAnswer.Conflict(register);
            }
            register = next;
            return new ArbiterAnswer.Swapped();
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
        public boolean has(Bug bug) {
            return bugs.contains(bug);
        }

        @Override
        public void report(Report report) {
            reports.add(report);
        }
    }
}
