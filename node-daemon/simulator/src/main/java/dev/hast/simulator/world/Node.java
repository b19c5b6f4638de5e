package dev.hast.simulator.world;

import static dev.hast.simulator.kernel.Timeline.MILLISECOND;

import dev.hast.core.metadata.MetadataLayout;
import dev.hast.core.metadata.StoredReplica;
import dev.hast.core.metadata.Superblock;
import dev.hast.core.replication.Replica;
import dev.hast.core.replication.ReplicaSettings;
import dev.hast.core.replication.ReplicaStatus;
import dev.hast.core.replication.Role;
import dev.hast.simulator.kernel.RandomSource;
import dev.hast.simulator.kernel.Violation;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One machine: a clock, a disk, and now and then a process that runs the replica.
public final class Node {

    /// The process's timer fires at least this often while it is well.
    public static final long TICK_MAX = 50 * MILLISECOND;

    private static final MetadataLayout LAYOUT = new MetadataLayout(1);

    private enum State {
        DOWN,
        UP,
        FROZEN
    }

    private record Deferred(
            String name, long number, Supplier<?> detail, Consumer<Replica> event) {}

    private final World world;
    private final int index;
    private final String name;
    private final ReplicaSettings settings;
    private final RandomSource random;
    private final LocalClock clock;
    private final SimulatedDisk disk;
    private final List<Link> links = new ArrayList<>();
    private final ArrayDeque<Deferred> deferred = new ArrayDeque<>();
    private State state = State.DOWN;
    private @Nullable Replica replica;
    private @Nullable NodeEffects effects;
    private int life;
    private int boots;
    private int processes;
    private int deaths;
    private long ticksPausedUntil;
    private long providerBytes;
    private boolean failed;

    Node(World world, int index, List<String> names, RandomSource random) {
        this.world = world;
        this.index = index;
        this.name = names.get(index);
        this.random = random;
        final List<String> peers = new ArrayList<>(names);
        peers.remove(index);
        settings = world.options().settings(name, peers);
        final double drift = world.options().driftMax() * (2 * random.fraction() - 1);
        clock = new LocalClock(1 + drift, random.between(1L, 1L << 40));
        final Superblock blank =
                Superblock.blank(
                        random.nextLong(), "simulated", name, settings.extentBytes(), LAYOUT);
        disk = new SimulatedDisk(world, random.split(), this, blank);
        providerBytes =
                LAYOUT.dataOffset() + (long) world.options().extents * settings.extentBytes();
    }

    void connect(Link link) {
        links.add(link);
    }

    // --- who and where ---

    public int index() {
        return index;
    }

    public String name() {
        return name;
    }

    public ReplicaSettings settings() {
        return settings;
    }

    public SimulatedDisk disk() {
        return disk;
    }

    public List<Link> links() {
        return links;
    }

    /// The position of another node among this node's peers.
    int peerIndex(Node other) {
        return other.index < index ? other.index : other.index - 1;
    }

    Link linkTo(int peer) {
        return links.get(peer);
    }

    /// This machine's clock.
    public long now() {
        return clock.at(world.timeline().now());
    }

    /// There is a process, frozen or not.
    public boolean alive() {
        return state != State.DOWN;
    }

    public boolean running() {
        return state == State.UP;
    }

    public int life() {
        return life;
    }

    /// How often this machine lost what was in its memory, as the design counts it: by boots, or by
    /// processes where writes are acknowledged from the process's memory.
    public long incarnation() {
        final long count = settings.mode() == ReplicaSettings.Mode.FULLSYNC ? boots : processes;
        return ((long) (index + 1) << 32) | count;
    }

    /// How often something that a client may have been told was written was lost from this
    /// machine's memory, up to now.
    public long memoryLosses() {
        return settings.mode() == ReplicaSettings.Mode.FULLSYNC ? boots : boots + deaths;
    }

    public @Nullable Replica replica() {
        return replica;
    }

    /// What it says that it is; [Role#INIT] without a process.
    public Role role() {
        final Replica current = replica;
        return current == null ? Role.INIT : current.role();
    }

    public @Nullable ReplicaStatus status() {
        final Replica current = replica;
        return current == null ? null : current.status(now());
    }

    /// Its provider failed since the process started.
    public boolean providerFailed() {
        return failed;
    }

    void providerHasFailed() {
        failed = true;
    }

    /// A buffer in the process, for a payload that comes in from outside.
    public long wrap(long[] content) {
        final NodeEffects current = effects;
        if (current == null) {
            throw new IllegalStateException(name + " has no process");
        }
        return current.buffers().wrap(content);
    }

    /// What a buffer of the process holds.
    public long[] content(long buffer) {
        final NodeEffects current = effects;
        if (current == null) {
            throw new IllegalStateException(name + " has no process");
        }
        return current.buffers().content(buffer);
    }

    /// Payload buffers that the process holds.
    public int buffersHeld() {
        final NodeEffects current = effects;
        return current == null ? 0 : current.buffers().held();
    }

    // --- life and death ---

    public void start() {
        if (state != State.DOWN) {
            return;
        }
        state = State.UP;
        life++;
        processes++;
        failed = false;
        final NodeEffects fresh = new NodeEffects(world, this, random);
        final StoredReplica stored = disk.pages().read();
        world.observer().opened(this, stored);
        final Replica started = new Replica(settings, stored, incarnation(), providerBytes, fresh);
        effects = fresh;
        replica = started;
        deliver("start", incarnation(), () -> "", r -> r.start(now()));
        tickLater(life);
        links.forEach(Link::connectLater);
    }

    /// The process dies; with a power cut the machine loses its memory and its disk's cache too,
    /// and its clock begins anew.
    public void crash(boolean powerCut) {
        if (powerCut) {
            boots++;
            clock.boot(world.timeline().now(), random.between(1L, 1L << 36));
        }
        if (state == State.DOWN) {
            disk.abandon(powerCut);
            return;
        }
        world.trace().note(name, powerCut ? "POWER CUT" : "CRASH", life, () -> "");
        state = State.DOWN;
        deaths++;
        replica = null;
        effects = null;
        deferred.clear();
        disk.abandon(powerCut);
        links.forEach(link -> link.died(this, powerCut));
        world.observer().died(this);
    }

    public void freeze() {
        if (state == State.UP) {
            state = State.FROZEN;
            world.trace().note(name, "FREEZE", life, () -> "");
        }
    }

    /// The process goes on, and finds everything that came meanwhile.
    public void thaw() {
        if (state != State.FROZEN) {
            return;
        }
        state = State.UP;
        world.trace().note(name, "THAW", life, () -> "");
        if (random.chance(0.5)) {
            deliver("tick", 0, () -> "late", r -> r.tick(now()));
        }
        while (!deferred.isEmpty() && state == State.UP) {
            final Deferred next = deferred.remove();
            deliver(next.name, next.number, next.detail, next.event);
        }
    }

    public void pauseTicks(long duration) {
        ticksPausedUntil = world.timeline().now() + duration;
    }

    private void tickLater(int ofLife) {
        final long delay =
                Math.max(
                        random.between(TICK_MAX / 3, TICK_MAX),
                        ticksPausedUntil - world.timeline().now());
        world.timeline()
                .after(
                        delay,
                        () -> {
                            if (life == ofLife && state != State.DOWN) {
                                if (state == State.UP) {
                                    deliver("tick", 0, () -> "", r -> r.tick(now()));
                                }
                                tickLater(ofLife);
                            }
                        });
    }

    /// The provider can hold this much volume now.
    public void enlarge(long volumeBytes) {
        providerBytes = Math.max(providerBytes, LAYOUT.dataOffset() + volumeBytes);
        deliver("enlarged", volumeBytes, () -> "", r -> r.providerBytes(providerBytes, now()));
    }

    public long capacity() {
        return providerBytes - LAYOUT.dataOffset();
    }

    // --- events ---

    /// Hands an event to the replica: now, when the process wakes, or never.
    public void deliver(String what, long number, Supplier<?> detail, Consumer<Replica> event) {
        final Replica current = replica;
        if (state == State.FROZEN) {
            deferred.add(new Deferred(what, number, detail, event));
        } else if (current != null) {
            if (!what.equals("tick")) {
                world.trace().note(name, what, number, detail);
            }
            try {
                event.accept(current);
            } catch (Violation violation) {
                throw violation;
            } catch (RuntimeException e) {
                final Violation violation =
                        new Violation("the core does not fail", name + " at " + what + ": " + e);
                violation.initCause(e);
                throw violation;
            }
            world.observer().handled(this);
        }
    }

    /// Hands over a completion, unless the process that waits for it is gone.
    void deliverTo(int ofLife, String what, long number, Consumer<Replica> event) {
        if (life == ofLife) {
            deliver(what, number, () -> "", event);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
