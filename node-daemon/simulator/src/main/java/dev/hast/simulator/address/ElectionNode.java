package dev.hast.simulator.address;

import dev.hast.core.address.Advert;
import dev.hast.core.address.AdvertReader;
import dev.hast.core.address.AdvertWriter;
import dev.hast.core.address.Election;
import dev.hast.core.address.ElectionBug;
import dev.hast.core.address.ElectionEffects;
import dev.hast.core.address.ElectionSettings;
import dev.hast.core.address.ElectionState;
import dev.hast.core.address.ElectionStatus;
import dev.hast.core.address.IpAddress;
import dev.hast.core.address.ReaderSettings;
import dev.hast.core.address.Reading;
import dev.hast.core.address.TransitionReason;
import dev.hast.simulator.kernel.RandomSource;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;

/// One of our nodes: the daemon's loop with its election, and the kernel below it, whose guard goes
/// on when the loop does not.
final class ElectionNode implements Member, ElectionEffects {

    private static final long[] ANNOUNCE_MS = {0, 100, 300, 1_100, 2_200};

    /// Where they are in an advert.
    private static final int SENDER = 48;

    private static final int SEQUENCE = 56;

    enum Process {
        RUNNING,
        FROZEN,
        DEAD
    }

    private final AddressWorld world;
    private final RandomSource random;
    private final int index;
    private final NodeClock clock;
    private final ElectionSettings settings;
    private final AdvertWriter writer;
    private final ResourceShell resources;

    private AdvertReader reader;
    private Election election;
    private Process process = Process.DEAD;

    /// Ends what an earlier process of this node had planned.
    private long life;

    private long timer;
    private boolean inCore;
    private long lastSequence;

    private final Queue<Wire.Packet> socket = new ArrayDeque<>();
    private final List<Runnable> results = new ArrayList<>();

    /// In true time; kept by the kernel.
    private long guardUntil = Long.MIN_VALUE;

    private long announcing;
    private long lastAdvertOnWire = Long.MIN_VALUE / 2;
    private long begunToListen;
    private long wokeAt = Long.MIN_VALUE / 2;

    boolean sendFails;
    boolean freezeInSend;
    long freezeFor;

    ElectionNode(AddressWorld world, int index, RandomSource random) {
        this.world = world;
        this.random = random;
        this.index = index;
        settings = world.options().settings.get(index);
        final double drift = world.options().driftMax;
        clock =
                new NodeClock(
                        1 + drift * (2 * random.fraction() - 1),
                        random.between(0L, 1_000_000_000_000L));
        writer = world.writer();
        resources = new ResourceShell(world, this, random.split());
        reader = newReader();
        election = new Election(settings, 0, 0, this);
    }

    private AdvertReader newReader() {
        return new AdvertReader(
                new ReaderSettings(
                        AddressOptions.VHID,
                        world.addresses(),
                        world.password(),
                        world.keys(),
                        world.options().strict,
                        false,
                        settings.sender(),
                        List.of(source())),
                this);
    }

    // --- the process ---

    void start() {
        life++;
        process = Process.RUNNING;
        guardUntil = Long.MIN_VALUE;
        socket.clear();
        results.clear();
        final AdvertReader before = reader;
        reader = newReader();
        reader.restore(before.seen(), now());
        lastSequence = Math.max(lastSequence, world.timeline().now()) + (1L << 30);
        election = new Election(settings, random.nextLong(), lastSequence, this);
        resources.restarted();
        if (world.wire().linkDown(index)) {
            feed(() -> election.linkDown("no carrier", now()));
        }
        feed(() -> election.start(now()));
    }

    /// The process is gone; the kernel goes on.
    void die() {
        life++;
        timer++;
        announcing++;
        process = Process.DEAD;
    }

    void losePower() {
        die();
        guardUntil = Long.MIN_VALUE;
    }

    void freeze(long nanos) {
        if (process != Process.RUNNING) {
            return;
        }
        world.rules().fault();
        process = Process.FROZEN;
        final long thisLife = life;
        world.timeline()
                .after(
                        nanos,
                        () -> {
                            if (life == thisLife) {
                                thaw();
                            }
                        });
    }

    void thaw() {
        if (process != Process.FROZEN) {
            return;
        }
        process = Process.RUNNING;
        wokeAt = world.timeline().now();
        final List<Runnable> owed = List.copyOf(results);
        results.clear();
        owed.forEach(this::feed);
        while (!socket.isEmpty()) {
            final Wire.Packet packet = socket.remove();
            take(packet.bytes(), packet.source());
        }
        if (now() >= election.deadline()) {
            feed(() -> election.tick(now()));
        } else {
            arm();
        }
    }

    boolean running() {
        return process == Process.RUNNING;
    }

    boolean dead() {
        return process == Process.DEAD;
    }

    long wokeAt() {
        return wokeAt;
    }

    /// An event for the election: now, or when the process wakes; never if it is dead.
    void feed(Runnable event) {
        if (process == Process.DEAD) {
            return;
        }
        if (process == Process.FROZEN || inCore) {
            results.add(event);
            return;
        }
        inCore = true;
        event.run();
        inCore = false;
        while (!results.isEmpty() && process == Process.RUNNING) {
            feed(results.removeFirst());
        }
        if (process == Process.RUNNING) {
            arm();
        }
    }

    private void arm() {
        final long mine = ++timer;
        final long deadline = election.deadline();
        if (deadline == Long.MAX_VALUE) {
            return;
        }
        final long late = random.between(0L, world.options().lateMax);
        world.timeline()
                .at(
                        clock.when(deadline) + late,
                        () -> {
                            if (timer == mine && process == Process.RUNNING) {
                                feed(() -> election.tick(now()));
                            }
                        });
    }

    @Override
    public void arrived(byte[] packet, IpAddress source) {
        switch (process) {
            case RUNNING -> take(packet, source);
            case FROZEN -> socket.add(new Wire.Packet(packet, source));
            case DEAD -> {}
        }
    }

    private void take(byte[] packet, IpAddress source) {
        feed(() -> {
            switch (reader.read(packet, 255, source, now())) {
                case Reading.Accepted accepted -> {
                    if (answers()) {
                        world.rules().heard(this, source);
                    }
                    election.received(accepted.advert(), source, now());
                }
                case Reading.Refused refused -> world.refused(this, refused.cause());
            }
        });
    }

    // --- what it is asked ---

    /// Whether it has judged this advert, or a later one of its sender.
    boolean hasSeen(Wire.Packet packet) {
        final ByteBuffer fields = ByteBuffer.wrap(packet.bytes());
        final Long seen = reader.seen().get(fields.getLong(SENDER));
        return seen != null && Long.compareUnsigned(fields.getLong(SEQUENCE), seen) <= 0;
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public boolean answers() {
        return world.timeline().now() < guardUntil;
    }

    /// Local time.
    long now() {
        return clock.at(world.timeline().now());
    }

    NodeClock clock() {
        return clock;
    }

    Election election() {
        return election;
    }

    ElectionSettings settings() {
        return settings;
    }

    ResourceShell resources() {
        return resources;
    }

    ElectionStatus status() {
        return election.status(now());
    }

    // --- effects ---

    @Override
    public void send(Advert advert, long token) {
        final boolean ok = !sendFails && !world.wire().linkDown(index);
        if (ok) {
            lastAdvertOnWire = world.timeline().now();
            lastSequence =
                    Math.max(
                            lastSequence,
                            advert.trailer() == null ? 0 : advert.trailer().sequence());
            world.wire().send(this, writer.write(advert));
        }
        if (freezeInSend) {
            freezeInSend = false;
            freeze(freezeFor);
        }
        results.add(() -> election.sent(token, ok, now()));
    }

    @Override
    public void openGuard(long until) {
        setGuard(until);
    }

    @Override
    public void renewGuard(long until) {
        if (answers()) {
            setGuard(until);
        } else {
            results.add(() -> election.guardRefused("it had run out", now()));
        }
    }

    private void setGuard(long until) {
        final long left = clock.lasts(until - now());
        guardUntil = world.timeline().now() + left + random.between(0L, AddressOptions.LATENESS);
        world.rules().guardSet(this, guardUntil - lastAdvertOnWire);
    }

    @Override
    public void closeGuard() {
        announcing++;
        guardUntil = Long.MIN_VALUE;
    }

    @Override
    public void announce() {
        final long mine = ++announcing;
        for (long ms : ANNOUNCE_MS) {
            world.timeline()
                    .after(
                            ms * 1_000_000,
                            () -> {
                                if (announcing == mine
                                        && process == Process.RUNNING
                                        && !world.wire().linkDown(index)) {
                                    world.rules().announced(this);
                                }
                            });
        }
    }

    @Override
    public void beginPromotion(TransitionReason reason) {
        resources.promote();
    }

    @Override
    public void beginYield(TransitionReason reason) {
        resources.takeDown();
    }

    @Override
    public void transition(
            ElectionState from, ElectionState to, TransitionReason reason, String detail) {
        world.trace()
                .note(
                        "n" + (index + 1),
                        from + ">" + to,
                        guardUntil,
                        () -> reason.text() + " " + detail);
        if (from == ElectionState.INIT && to == ElectionState.BACKUP) {
            begunToListen = now();
        }
        if (reason == TransitionReason.PREEMPTING) {
            world.rules().preempting(this, now() - begunToListen);
        }
    }

    @Override
    public boolean has(ElectionBug bug) {
        return world.options().has(bug);
    }
}
