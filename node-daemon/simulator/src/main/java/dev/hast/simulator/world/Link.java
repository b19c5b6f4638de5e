package dev.hast.simulator.world;

import static dev.hast.simulator.kernel.Timeline.MICROSECOND;
import static dev.hast.simulator.kernel.Timeline.MILLISECOND;

import dev.hast.core.replication.Replica;
import dev.hast.simulator.kernel.RandomSource;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Queue;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The connection between two nodes, with TCP's promises: within one session data arrives in order,
/// and a session that breaks loses a suffix of what was sent each way. Nothing of an old session
/// arrives after it has ended at the receiver.
///
/// A way that is cut holds the data back; when it stays cut for too long the sender gives the
/// session up, and the receiver may hear of that much later.
public final class Link {

    /// How long a sender waits for data to be confirmed before it gives up.
    public static final long SEND_TIMEOUT_MAX = 2_000 * MILLISECOND;

    public static final long RECONNECT_MAX = 400 * MILLISECOND;

    /// How long the second end of a broken session may still believe in it.
    public static final long HALF_OPEN_MAX = 3_000 * MILLISECOND;

    /// A message on its way.
    ///
    /// @param name for the trace
    record Parcel(String name, long number, Supplier<?> detail, Consumer<Replica> event) {}

    private record Queued(long session, long index, Parcel parcel) {}

    private final World world;
    private final RandomSource random;
    private final Node[] ends;
    private final boolean[] up = new boolean[2];
    private final boolean[] cut = new boolean[2];
    private final long[] sent = new long[2];
    private final long[] kept = new long[2];
    private final long[] next = new long[2];
    private final long[] lastArrival = new long[2];
    private final long[] upAt = new long[2];
    private final List<Queue<Queued>> held =
            List.of(
                    new PriorityQueue<>(Comparator.comparingLong(Queued::index)),
                    new PriorityQueue<>(Comparator.comparingLong(Queued::index)));
    private long session;
    private boolean broken = true;
    private boolean connecting;
    private int slowness = 1;

    Link(World world, RandomSource random, Node first, Node second) {
        this.world = world;
        this.random = random;
        this.ends = new Node[] {first, second};
    }

    private int side(Node node) {
        return ends[0] == node ? 0 : 1;
    }

    public Node first() {
        return ends[0];
    }

    public Node second() {
        return ends[1];
    }

    public void slow(int factor) {
        slowness = factor;
    }

    // --- data ---

    void send(Node from, Parcel parcel) {
        final int side = side(from);
        if (!up[side]) {
            return;
        }
        final Queued queued = new Queued(session, sent[side]++, parcel);
        if (cut[side] || !held.get(side).isEmpty()) {
            held.get(side).add(queued);
        } else {
            travel(side, queued);
        }
        if (cut[side] || cut[1 - side]) {
            giveUpLater(side);
        }
    }

    private void travel(int side, Queued queued) {
        final long trip = random.duration(120 * MICROSECOND) * slowness;
        final long arrival =
                Math.max(
                        Math.max(lastArrival[side] + 1, upAt[1 - side] + 1),
                        world.timeline().now() + trip);
        lastArrival[side] = arrival;
        world.timeline().at(arrival, () -> arrive(side, queued));
    }

    private void arrive(int side, Queued queued) {
        if (queued.session != session || !up[1 - side] || queued.index >= kept[side]) {
            return;
        }
        // One that was held back when it arrived may be on its way again, behind this one.
        if (cut[side] || queued.index != next[side]) {
            held.get(side).add(queued);
            return;
        }
        deliver(side, queued.parcel);
        final Queue<Queued> waiting = held.get(side);
        while (up[1 - side] && !waiting.isEmpty() && waiting.element().index == next[side]) {
            deliver(side, waiting.remove().parcel);
        }
    }

    private void deliver(int side, Parcel parcel) {
        next[side]++;
        ends[1 - side].deliver(parcel.name, parcel.number, parcel.detail, parcel.event);
    }

    // --- faults ---

    /// Cuts or mends the way from a node to the other.
    public void cut(Node from, boolean isCut) {
        final int side = side(from);
        if (cut[side] == isCut) {
            return;
        }
        cut[side] = isCut;
        if (isCut) {
            return;
        }
        final int waiting = held.get(side).size();
        for (int i = 0; i < waiting; i++) {
            travel(side, held.get(side).remove());
        }
    }

    private void giveUpLater(int side) {
        final long at = session;
        world.timeline()
                .after(
                        random.between(300 * MILLISECOND, SEND_TIMEOUT_MAX),
                        () -> {
                            if (at == session && !broken && (cut[side] || cut[1 - side])) {
                                breakDown("no confirmation of what was sent");
                            }
                        });
    }

    /// The session ends: each end hears of it in its own time.
    public void breakDown(String cause) {
        if (broken) {
            return;
        }
        broken = true;
        for (int side = 0; side < 2; side++) {
            kept[side] = random.between(0, sent[side]);
            if (random.chance(0.5)) {
                kept[side] = sent[side];
            }
            held.get(side).clear();
        }
        final int first = random.below(2);
        goDown(first, random.between(0, 5 * MILLISECOND), cause);
        goDown(
                1 - first,
                random.chance(0.8)
                        ? random.between(0, 5 * MILLISECOND)
                        : random.between(0, HALF_OPEN_MAX),
                cause);
        connectLater();
    }

    private void goDown(int side, long delay, String cause) {
        final long at = session;
        world.timeline()
                .after(
                        delay,
                        () -> {
                            if (at == session && up[side]) {
                                down(side, cause);
                            }
                        });
    }

    private void down(int side, String cause) {
        up[side] = false;
        final int peer = ends[side].peerIndex(ends[1 - side]);
        ends[side].deliver(
                "linkDown",
                peer,
                () -> ends[1 - side].name() + ": " + cause,
                replica -> replica.linkDown(peer, cause, ends[side].now()));
    }

    /// A node closes its end. What it has sent arrives.
    void close(Node node, String cause) {
        final int side = side(node);
        if (broken || !up[side]) {
            return;
        }
        broken = true;
        kept[side] = sent[side];
        kept[1 - side] = random.between(0, sent[1 - side]);
        goDown(side, 0, cause);
        goDown(
                1 - side,
                Math.max(0, lastArrival[side] + 1 - world.timeline().now()),
                "closed by the peer");
        connectLater();
    }

    /// A node's process is gone. Without power nobody tells the other end.
    void died(Node node, boolean powerCut) {
        final int side = side(node);
        up[side] = false;
        held.get(side).clear();
        if (broken) {
            return;
        }
        broken = true;
        kept[side] = random.between(0, sent[side]);
        goDown(
                1 - side,
                powerCut
                        ? random.between(SEND_TIMEOUT_MAX / 4, HALF_OPEN_MAX)
                        : random.between(0, 3 * MILLISECOND),
                "connection reset");
        connectLater();
    }

    // --- connecting ---

    void connectLater() {
        if (!connecting) {
            connecting = true;
            world.timeline().after(random.between(5 * MILLISECOND, RECONNECT_MAX), this::connect);
        }
    }

    private void connect() {
        connecting = false;
        if (!broken) {
            return;
        }
        if (!ends[0].running() || !ends[1].running() || cut[0] || cut[1]) {
            connectLater();
            return;
        }
        for (int side = 0; side < 2; side++) {
            if (up[side]) {
                down(side, "replaced by a new connection");
            }
        }
        session++;
        broken = false;
        for (int side = 0; side < 2; side++) {
            sent[side] = 0;
            next[side] = 0;
            kept[side] = Long.MAX_VALUE;
            held.get(side).clear();
            goUp(side, random.between(0, 2 * MILLISECOND));
        }
    }

    private void goUp(int side, long delay) {
        final long at = session;
        upAt[side] = world.timeline().now() + delay;
        lastArrival[1 - side] = upAt[side];
        world.timeline()
                .after(
                        delay,
                        () -> {
                            if (at == session && !broken && ends[side].alive()) {
                                up[side] = true;
                                final int peer = ends[side].peerIndex(ends[1 - side]);
                                ends[side].deliver(
                                        "linkUp",
                                        peer,
                                        () -> ends[1 - side].name(),
                                        replica -> replica.linkUp(peer, ends[side].now()));
                            }
                        });
    }
}
