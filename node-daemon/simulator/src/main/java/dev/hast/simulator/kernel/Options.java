package dev.hast.simulator.kernel;

import static dev.hast.simulator.kernel.Timeline.MILLISECOND;
import static dev.hast.simulator.kernel.Timeline.SECOND;

import dev.hast.core.replication.Bug;
import dev.hast.core.replication.ReplicaSettings;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What one seed draws: the cluster, its settings, its clients and its faults ("swarm testing":
/// most seeds have only some of the faults).
public final class Options {

    /// What a run may be held to.
    public enum Promise {
        /// Every rule.
        ALL,
        /// Only that it ends whole: the run has faults under which two nodes may serve (clocks
        /// outside the bound, `none`, `continue`, force).
        CONVERGENCE
    }

    public final long seed;
    public final int nodes;

    /// Nodes that are members from the beginning; the others may be added.
    public final int members;

    public final ReplicaSettings.Mode mode;
    public final boolean arbitrated;
    public final boolean autoPromote;
    public final ReplicaSettings.OnArbiterLost onArbiterLost;
    public final boolean clocksOutsideBound;
    public final long grant;
    public final long margin;
    public final long heartbeat;
    public final long timeout;
    public final long reconnectGrace;
    public final long memoryLossWait;
    public final int extentBytes;
    public final int extents;
    public final int extentsMax;
    public final int activityLogExtents;
    public final int operationsMax;
    public final long resyncBytesPerSecond;
    public final int clients;
    public final int depth;

    /// Mean time between a client's requests.
    public final long thinkTime;

    public final long faultTime;

    /// The faults that this run has, and the mean time between two of a kind.
    public final Map<Fault, Long> faults = new EnumMap<>(Fault.class);

    /// A deliberate fault of the core; null for none.
    public final @Nullable Bug bug;

    /// Half of the seeds from here on have faults many times as often: what takes several of them
    /// within one grant is hardly seen in the calmer ones.
    private static final long STORMS_FROM = 1_000_000;

    public Options(long seed) {
        this(seed, null);
    }

    public Options(long seed, @Nullable Bug bug) {
        this(seed, bug, new RandomSource(seed));
    }

    private Options(long seed, @Nullable Bug bug, RandomSource random) {
        this.seed = seed;
        this.bug = bug;
        nodes = weighted(random, 6, 42, 34, 10, 8) + 1;
        members = random.chance(0.8) ? nodes : random.between(1, nodes);
        mode = List.of(ReplicaSettings.Mode.values()).get(weighted(random, 70, 15, 15));
        final boolean wild = random.chance(0.1);
        arbitrated = !wild || random.chance(0.7);
        autoPromote = random.chance(0.92);
        onArbiterLost =
                wild && random.chance(0.3)
                        ? ReplicaSettings.OnArbiterLost.CONTINUE
                        : random.chance(0.8)
                                ? ReplicaSettings.OnArbiterLost.SUSPEND
                                : ReplicaSettings.OnArbiterLost.FAIL;
        clocksOutsideBound = wild && random.chance(0.3);
        grant = random.between(500, 4_000) * MILLISECOND;
        margin = grant / 8 + random.between(1, 500) * MILLISECOND;
        final long wanted = grant / random.between(4, 8);
        timeout = random.between(400, 4_000) * MILLISECOND;
        heartbeat = Math.min(wanted, timeout / 2);
        reconnectGrace = random.between(50, 1_000) * MILLISECOND;
        memoryLossWait = random.between(1_000, 6_000) * MILLISECOND;
        extentBytes = random.chance(0.6) ? 64 << 10 : 128 << 10;
        extents = random.between(2, 8);
        extentsMax = extents + 6;
        activityLogExtents = random.chance(0.85) ? random.between(2, 4) : 64;
        operationsMax = random.chance(0.5) ? 64 : random.between(8, 24);
        resyncBytesPerSecond = random.chance(0.8) ? 0 : random.between(256, 2048) << 10;
        clients = random.between(1, 4);
        depth = random.between(1, 6);
        thinkTime = random.between(5, 60) * MILLISECOND;
        faultTime = random.between(8, 40) * SECOND;
        drawFaults(random, wild);
        if (seed >= STORMS_FROM && random.chance(0.5)) {
            final int times = random.between(3, 8);
            faults.replaceAll((fault, every) -> every / times);
        }
    }

    private void drawFaults(RandomSource random, boolean wild) {
        final double density = random.chance(0.15) ? 0.0 : random.between(1, 6) / 10.0;
        final long scale = random.between(1, 6) * SECOND;
        for (Fault fault : Fault.values()) {
            final boolean on = random.chance(density);
            final long every = random.between(scale / 2, scale * 4);
            if (on && (fault != Fault.FORCE || wild)) {
                faults.put(fault, every);
            }
        }
    }

    private static int weighted(RandomSource random, int... weights) {
        int sum = 0;
        for (int weight : weights) {
            sum += weight;
        }
        int left = random.below(sum);
        for (int i = 0; i < weights.length; i++) {
            left -= weights[i];
            if (left < 0) {
                return i;
            }
        }
        return weights.length - 1;
    }

    public boolean has(Fault fault) {
        return faults.containsKey(fault);
    }

    public Promise promise() {
        final boolean arbiterFails =
                has(Fault.ARBITER_AWAY)
                        || has(Fault.ARBITER_CUT)
                        || has(Fault.ARBITER_LOSSY)
                        || has(Fault.ARBITER_SLOW);
        final boolean mayContinue =
                onArbiterLost == ReplicaSettings.OnArbiterLost.CONTINUE && arbiterFails;
        return !arbitrated || clocksOutsideBound || has(Fault.FORCE) || mayContinue
                ? Promise.CONVERGENCE
                : Promise.ALL;
    }

    /// How far a clock may run from true time: so far that the margin just covers two clocks that
    /// drift apart over a grant.
    public double driftMax() {
        final double ratio = (double) margin / grant;
        return clocksOutsideBound ? 0.4 : 0.95 * ratio / (2 + ratio);
    }

    public ReplicaSettings settings(String node, List<String> peers) {
        return new ReplicaSettings(
                node,
                peers,
                mode,
                arbitrated,
                autoPromote,
                onArbiterLost,
                timeout,
                grant,
                margin,
                heartbeat,
                reconnectGrace,
                memoryLossWait,
                extentBytes,
                activityLogExtents,
                operationsMax,
                resyncBytesPerSecond,
                resyncBytesPerSecond == 0 ? 4 << 20 : resyncBytesPerSecond);
    }

    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder();
        text.append(
                "seed %d: %d nodes, %d members, %s, promise %s%n"
                        .formatted(seed, nodes, members, mode, promise()));
        text.append(
                "  arbitrated=%s autoPromote=%s onArbiterLost=%s clocksOutsideBound=%s driftMax=%.4f%n"
                        .formatted(
                                arbitrated,
                                autoPromote,
                                onArbiterLost,
                                clocksOutsideBound,
                                driftMax()));
        text.append(
                "  ms: grant=%d margin=%d heartbeat=%d timeout=%d reconnectGrace=%d memoryLossWait=%d%n"
                        .formatted(
                                grant / MILLISECOND,
                                margin / MILLISECOND,
                                heartbeat / MILLISECOND,
                                timeout / MILLISECOND,
                                reconnectGrace / MILLISECOND,
                                memoryLossWait / MILLISECOND));
        text.append(
                "  extents=%d of %d KiB, activityLog=%d operationsMax=%d resyncKiB/s=%d%n"
                        .formatted(
                                extents,
                                extentBytes >> 10,
                                activityLogExtents,
                                operationsMax,
                                resyncBytesPerSecond >> 10));
        text.append(
                "  clients=%d depth=%d thinkTime=%dms faults for %ds:%n"
                        .formatted(clients, depth, thinkTime / MILLISECOND, faultTime / SECOND));
        faults.forEach((fault, every) ->
                text.append("    %s every %d ms%n".formatted(fault, every / MILLISECOND)));
        return text.toString();
    }
}
