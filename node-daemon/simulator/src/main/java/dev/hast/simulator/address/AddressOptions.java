package dev.hast.simulator.address;

import static dev.hast.simulator.kernel.Timeline.MILLISECOND;
import static dev.hast.simulator.kernel.Timeline.SECOND;

import dev.hast.core.address.ElectionBug;
import dev.hast.core.address.ElectionSettings;
import dev.hast.core.address.IpAddress;
import dev.hast.simulator.kernel.RandomSource;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What one seed draws: the nodes of a segment, their settings, and the faults.
final class AddressOptions {

    static final int VHID = 42;
    static final long LATENESS = 30 * MILLISECOND;

    final long seed;
    final @Nullable ElectionBug bug;

    /// Our own nodes.
    final int nodes;

    /// Plain CARP peers on the same segment.
    final List<PlainPeer.Kind> peers = new ArrayList<>();

    final boolean strict;
    final boolean follows;
    final List<ElectionSettings> settings = new ArrayList<>();

    /// The longest that an advert takes, unless something is wrong.
    final long delayMax;

    /// The longest that a loop is late, unless something is wrong.
    final long lateMax;

    final double driftMax;
    final long faultTime;
    final Map<AddressFault, Long> faults = new EnumMap<>(AddressFault.class);

    /// The storage's grant, where resources are followed.
    final long grant;

    AddressOptions(long seed, @Nullable ElectionBug bug) {
        this.seed = seed;
        this.bug = bug;
        final RandomSource random = new RandomSource(seed);
        follows = random.chance(0.3);
        nodes = random.chance(0.4) ? 2 : random.chance(0.5) ? 3 : random.between(4, 8);
        if (!follows && random.chance(0.3)) {
            final int plain = random.between(1, 2);
            for (int i = 0; i < plain; i++) {
                peers.add(random.pick(List.of(PlainPeer.Kind.values())));
            }
        }
        strict = peers.isEmpty() && random.chance(0.5);
        drawSettings(random);
        long settle = Long.MAX_VALUE;
        for (ElectionSettings node : settings) {
            settle = Math.min(settle, node.settle());
        }
        delayMax = settle / 5;
        lateMax = settle / 8;
        driftMax = random.chance(0.5) ? 0.01 : 0.001;
        grant = random.between(2_000L, 4_000L) * MILLISECOND;
        faultTime = 40 * longestInterval() + random.between(10L, 40L) * SECOND;
        drawFaults(random);
    }

    private void drawSettings(RandomSource random) {
        final List<Integer> pace = List.of(0, 0, 0, 20, 50, 100, 100, 250);
        final int interval = random.pick(pace);
        final boolean mixed = random.chance(0.2);
        final boolean preempt = random.chance(0.5);
        final boolean preemptMixed = random.chance(0.2);
        final boolean equal = random.chance(0.3);
        final long delay = random.chance(0.3) ? random.between(1L, 6L) * SECOND : 0;
        for (int i = 0; i < nodes; i++) {
            final long own = (mixed ? random.pick(pace) : interval) * MILLISECOND;
            settings.add(
                    new ElectionSettings(
                            VHID,
                            1,
                            equal ? 10 : random.pick(List.of(0, 20, 100, 200, 254)),
                            own,
                            preemptMixed ? random.chance(0.5) : preempt,
                            delay,
                            follows,
                            true,
                            8 * SECOND,
                            3 * SECOND,
                            LATENESS,
                            i + 1,
                            List.of(address(i))));
        }
    }

    private void drawFaults(RandomSource random) {
        for (AddressFault fault : AddressFault.values()) {
            final boolean possible =
                    switch (fault) {
                        case ARBITER_CUT -> follows;
                        case REPLAY -> peers.isEmpty();
                        default -> true;
                    };
            // Drawn in any case, so that one condition more does not change the others.
            final boolean wanted = random.chance(0.35);
            final long every = random.between(faultTime / 20, faultTime / 3);
            if (possible && wanted) {
                faults.put(fault, every);
            }
        }
    }

    static IpAddress address(int index) {
        return IpAddress.of(new byte[] {10, 0, (byte) (7 - index), (byte) (index * 37 + 11)});
    }

    boolean has(ElectionBug which) {
        return bug == which;
    }

    boolean has(AddressFault fault) {
        return faults.containsKey(fault);
    }

    /// The mean time between two faults of a kind.
    long every(AddressFault fault) {
        return faults.getOrDefault(fault, faultTime);
    }

    long longestInterval() {
        return settings.stream().mapToLong(ElectionSettings::interval).max().orElse(SECOND);
    }

    /// The longest that a holder's guard can last after its last advert, in true time.
    long guardMax() {
        final long guard = settings.stream().mapToLong(ElectionSettings::guard).max().orElse(0);
        return (long) (guard / 0.99) + LATENESS;
    }

    /// The longest between two adverts of a holder.
    long advertMax() {
        return (long)
                (settings.stream().mapToLong(node -> node.advertEvery(240)).max().orElse(0) / 0.99);
    }

    /// Two that hear each other and were disturbed may both answer for so long: until the next
    /// advert of one that lives, or the end of the guard of one that does not.
    long twoAfterDisturbance() {
        return advertMax() + guardMax() + settleMax() + 4 * delayMax + lateMax;
    }

    /// Plain peers open at once and have no guard: two may answer until one has heard the other.
    long twoWithPlain() {
        return twoAfterDisturbance() + 2 * SECOND;
    }

    long settleMax() {
        return settings.stream().mapToLong(ElectionSettings::settle).max().orElse(0);
    }

    private long masterDownMax() {
        return settings.stream()
                .mapToLong(node -> Math.max(node.plainMasterDown(240), longestInterval() * 4))
                .max()
                .orElse(0);
    }

    /// By when one node holds after all faults have ended: a sum of named times.
    long bound() {
        final long listening = 2 * masterDownMax();
        final long notReleased = 2 * masterDownMax();
        final long delay = 2 * settings.getFirst().preemptDelay();
        final long claims = nodes * 4 * settleMax();
        final long storage =
                follows ? 2 * grant + 2 * (8 + 3) * SECOND + 30 * SECOND + masterDownMax() : 0;
        final long plain = peers.isEmpty() ? 0 : 8 * SECOND;
        return (long)
                (1.02
                        * (listening
                                + notReleased
                                + delay
                                + claims
                                + storage
                                + plain
                                + 2 * advertMax()
                                + guardMax()));
    }

    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder();
        text.append(
                "seed %d: %d nodes, peers %s, strict=%s follows=%s drift=%s grant=%d ms, faults for %d s%n"
                        .formatted(
                                seed,
                                nodes,
                                peers,
                                strict,
                                follows,
                                driftMax,
                                grant / MILLISECOND,
                                faultTime / SECOND));
        for (ElectionSettings node : settings) {
            text.append(
                    "  n%d: interval=%d ms advskew=%d preempt=%s preemptDelay=%d ms%n"
                            .formatted(
                                    node.sender(),
                                    node.interval() / MILLISECOND,
                                    node.advskew(),
                                    node.preempt(),
                                    node.preemptDelay() / MILLISECOND));
        }
        faults.forEach((fault, every) ->
                text.append("    %s every %d ms%n".formatted(fault, every / MILLISECOND)));
        return text.toString();
    }
}
