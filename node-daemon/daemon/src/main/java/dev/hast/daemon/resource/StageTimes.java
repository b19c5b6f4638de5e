package dev.hast.daemon.resource;

import dev.hast.daemon.export.Command;
import dev.hast.daemon.export.ConnectionEnd;
import dev.hast.daemon.export.ExportMetrics;
import dev.hast.daemon.metrics.LatencyHistogram;
import dev.hast.daemon.metrics.PendingTimes;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// How long a resource's requests spend in each stage: at the export, at the provider, on the way
/// to a peer and back. Makes no garbage per request.
///
/// Written on the loop; read anywhere, approximately.
public final class StageTimes implements ExportMetrics {

    /// What the provider is asked for.
    public enum Stage {
        READ,
        WRITE,
        ZERO,
        FLUSH,
        HASH,
        PERSIST;

        /// The word in metrics.
        public String text() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    private static final Stage[] STAGES = Stage.values();
    private static final Command[] COMMANDS = Command.values();

    /// The low bits of a time say which stage it is of.
    private static final long STAGE_BITS = 7;

    private final LatencyHistogram[] stages = histograms(STAGES.length);
    private final LatencyHistogram[] requests = histograms(COMMANDS.length);
    private final PendingTimes atProvider = new PendingTimes();
    private final List<PendingTimes> onTheWay = new ArrayList<>();
    private final Map<String, LatencyHistogram> confirms = new ConcurrentHashMap<>();
    private final List<LatencyHistogram> confirmsOf = new ArrayList<>();
    private final Map<ConnectionEnd, Long> ends = new EnumMap<>(ConnectionEnd.class);
    private int connections;
    private long waits;

    private static LatencyHistogram[] histograms(int count) {
        final LatencyHistogram[] all = new LatencyHistogram[count];
        for (int i = 0; i < count; i++) {
            all[i] = new LatencyHistogram();
        }
        return all;
    }

    void peers(List<String> names) {
        for (int i = onTheWay.size(); i < names.size(); i++) {
            final LatencyHistogram histogram = new LatencyHistogram();
            onTheWay.add(new PendingTimes());
            confirmsOf.add(histogram);
            confirms.put(names.get(i), histogram);
        }
    }

    // --- the provider ---

    void asked(Stage stage, long token) {
        atProvider.begin(token, (System.nanoTime() & ~STAGE_BITS) | stage.ordinal());
    }

    void answered(long token, long now) {
        final long begun = atProvider.end(token);
        if (begun != 0) {
            stages[(int) (begun & STAGE_BITS)].record(now - begun);
        }
    }

    // --- peers ---

    void sent(int peer, long sequence) {
        onTheWay.get(peer).begin(sequence, System.nanoTime() | 1);
    }

    void confirmed(int peer, long sequence, long now) {
        final long begun = onTheWay.get(peer).end(sequence);
        if (begun != 0) {
            confirmsOf.get(peer).record(now - begun);
        }
    }

    void linkDown(int peer) {
        onTheWay.get(peer).clear();
    }

    // --- the export ---

    @Override
    public void connectionOpened() {
        connections++;
    }

    @Override
    public void connectionEnded(ConnectionEnd end) {
        connections--;
        synchronized (ends) {
            ends.merge(end, 1L, Long::sum);
        }
    }

    @Override
    public void requestFinished(Command command, int error, long bytes, long nanos) {
        requests[command.ordinal()].record(nanos);
    }

    @Override
    public void waitedForRoom() {
        waits++;
    }

    // --- looking ---

    public LatencyHistogram of(Stage stage) {
        return stages[stage.ordinal()];
    }

    public LatencyHistogram of(Command command) {
        return requests[command.ordinal()];
    }

    /// By peer.
    public Map<String, LatencyHistogram> confirms() {
        return confirms;
    }

    public int providerPending() {
        return atProvider.size();
    }

    public int connections() {
        return connections;
    }

    public long waits() {
        return waits;
    }

    public Map<ConnectionEnd, Long> connectionEnds() {
        synchronized (ends) {
            return new EnumMap<>(ends);
        }
    }
}
