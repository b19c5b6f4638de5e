package dev.hast.simulator.client;

import static dev.hast.simulator.kernel.Timeline.MILLISECOND;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.replication.Replica;
import dev.hast.core.replication.Role;
import dev.hast.simulator.check.Checkers;
import dev.hast.simulator.check.History;
import dev.hast.simulator.check.Op;
import dev.hast.simulator.kernel.RandomSource;
import dev.hast.simulator.kernel.Violation;
import dev.hast.simulator.world.Node;
import dev.hast.simulator.world.SectorStore;
import dev.hast.simulator.world.World;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Some clients with some requests in flight each. They ask whichever node serves, and now and then
/// one that does not.
public final class Clients implements Checkers.Requester {

    private static final int SECTOR = SectorStore.SECTOR_BYTES;
    private static final int BLOCK_SECTORS = 8;

    private static final class Waiting {
        private final Op op;
        private final Node node;
        private final int life;
        private final boolean goesOn;
        private long buffer;

        Waiting(Op op, Node node, boolean goesOn) {
            this.op = op;
            this.node = node;
            this.life = node.life();
            this.goesOn = goesOn;
        }
    }

    private final World world;
    private final History history;
    private final Checkers checkers;
    private final RandomSource random;
    private final Map<Long, Waiting> waiting = new LinkedHashMap<>();
    private boolean stopped;
    private long acknowledged;

    public Clients(World world, History history, Checkers checkers, RandomSource random) {
        this.world = world;
        this.history = history;
        this.checkers = checkers;
        this.random = random;
    }

    public void start() {
        for (int i = 0; i < world.options().clients * world.options().depth; i++) {
            nextLater();
        }
    }

    /// No new requests.
    public void stop() {
        stopped = true;
    }

    /// Requests without an answer.
    public int waiting() {
        return waiting.size();
    }

    public long acknowledged() {
        return acknowledged;
    }

    public String describeWaiting() {
        return waiting.values().stream().map(w -> w.op.toString()).limit(10).toList().toString();
    }

    private void nextLater() {
        final long pause =
                random.chance(0.3)
                        ? random.between(0, MILLISECOND)
                        : random.untilNext(world.options().thinkTime);
        world.timeline().after(pause, this::next);
    }

    private void next() {
        if (stopped) {
            return;
        }
        final Configuration configuration = world.arbiter().register();
        final Node node = target();
        if (node == null || configuration == null && world.options().arbitrated) {
            world.timeline().after(20 * MILLISECOND, this::next);
            return;
        }
        ask(node, request(size(node)), true);
    }

    private long size(Node node) {
        final Replica replica = node.replica();
        final long known = replica == null ? 0 : replica.volumeSize();
        return known == 0 ? (long) world.options().extents * world.options().extentBytes : known;
    }

    private @Nullable Node target() {
        final List<Node> alive = world.nodes().stream().filter(Node::alive).toList();
        if (alive.isEmpty()) {
            return null;
        }
        if (random.chance(0.05)) {
            return random.pick(alive);
        }
        final List<Node> candidates = new ArrayList<>();
        for (Node node : alive) {
            if (node.role() == Role.PRIMARY) {
                candidates.add(node);
            }
        }
        return candidates.isEmpty() ? null : random.pick(candidates);
    }

    // --- what to ask ---

    private Op.Request request(long size) {
        final int kind = random.below(100);
        if (kind < 8) {
            return new Op.Request(Op.Kind.FLUSH, 0, 0, false);
        }
        final int sectors = (int) (size / SECTOR);
        final int first = firstSector(sectors);
        final int length = Math.min(length(), sectors - first);
        if (kind < 15) {
            return new Op.Request(Op.Kind.ZERO, first, length, random.chance(0.15));
        }
        return kind < 60
                ? new Op.Request(Op.Kind.WRITE, first, length, random.chance(0.12))
                : new Op.Request(Op.Kind.READ, first, length, false);
    }

    /// Few blocks in each extent, so that requests meet: its first two, one in the middle, its
    /// last.
    private int firstSector(int sectors) {
        final int extentSectors = world.options().extentBytes / SECTOR;
        final int extent = random.below(Math.max(1, sectors / extentSectors));
        final int block =
                switch (random.below(4)) {
                    case 0 -> 0;
                    case 1 -> 1;
                    case 2 -> extentSectors / BLOCK_SECTORS / 2;
                    default -> extentSectors / BLOCK_SECTORS - 1;
                };
        final int shift = random.chance(0.1) ? random.below(BLOCK_SECTORS) : 0;
        return Math.min(sectors - 1, extent * extentSectors + block * BLOCK_SECTORS + shift);
    }

    private int length() {
        final int shape = random.below(100);
        if (shape < 65) {
            return BLOCK_SECTORS;
        }
        if (shape < 88) {
            return BLOCK_SECTORS * random.between(2, 4);
        }
        return shape < 97 ? random.between(1, BLOCK_SECTORS) : random.between(1, 300);
    }

    // --- asking and hearing ---

    /// Reads the whole volume from a node, so that the history ends with what is there.
    public void readAll(Node node) {
        final int sectors = (int) (size(node) / SECTOR);
        for (int first = 0; first < sectors; first += 16 * BLOCK_SECTORS) {
            ask(
                    node,
                    new Op.Request(
                            Op.Kind.READ,
                            first,
                            Math.min(16 * BLOCK_SECTORS, sectors - first),
                            false),
                    false);
        }
    }

    private void ask(Node node, Op.Request request, boolean goesOn) {
        final Op op = history.invoke(node.name(), request);
        final Waiting asked = new Waiting(op, node, goesOn);
        waiting.put(op.id(), asked);
        node.deliver("client", op.id(), () -> op, replica -> submit(replica, asked, request));
    }

    private void submit(Replica replica, Waiting asked, Op.Request request) {
        final Node node = asked.node;
        final long id = asked.op.id();
        final long offset = (long) request.sector() * SECTOR;
        final int length = request.sectors() * SECTOR;
        switch (request.kind()) {
            case READ -> {
                final long[] target = new long[request.sectors()];
                java.util.Arrays.fill(target, dev.hast.simulator.world.BufferPool.POISON);
                asked.buffer = node.wrap(target);
                replica.read(id, asked.buffer, offset, length, node.now());
            }
            case WRITE -> {
                final long[] content = new long[request.sectors()];
                for (int i = 0; i < content.length; i++) {
                    content[i] = asked.op.value(request.sector() + i);
                }
                replica.write(id, node.wrap(content), offset, length, request.fua(), node.now());
            }
            case ZERO ->
                    replica.zero(id, offset, length, random.chance(0.5), request.fua(), node.now());
            case FLUSH -> replica.flush(id, node.now());
        }
    }

    @Override
    public void completed(Node node, long request, int result) {
        final Waiting asked = waiting.remove(request);
        if (asked == null || asked.node != node || asked.life != node.life()) {
            throw new Violation(
                    "one answer a request",
                    "%s answers #%x with %d, which nobody waits for"
                            .formatted(node, request, result));
        }
        final Op op = asked.op;
        long @Nullable [] content = null;
        if (asked.buffer != 0 && result == 0) {
            content = node.content(asked.buffer).clone();
        }
        history.answered(op, result, content);
        if (result == 0) {
            acknowledged++;
            checkers.acknowledged(op);
        }
        if (asked.goesOn) {
            if (result == 0) {
                nextLater();
            } else {
                world.timeline().after(random.between(5, 100) * MILLISECOND, this::next);
            }
        }
    }

    @Override
    public void died(Node node) {
        final List<Waiting> gone = waiting.values().stream().filter(w -> w.node == node).toList();
        for (Waiting asked : gone) {
            waiting.remove(asked.op.id());
            history.lost(asked.op);
            if (asked.goesOn) {
                nextLater();
            }
        }
    }
}
