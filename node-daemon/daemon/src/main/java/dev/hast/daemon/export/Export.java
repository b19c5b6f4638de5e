package dev.hast.daemon.export;

import dev.hast.daemon.storage.BlockBuffers;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.DecoderException;
import io.netty.handler.ssl.SslContext;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One export: its connections, its requests, and the attachment generation.
///
/// Thread: the event loop, but for the snapshot [#load()].
final class Export {
    private static final Logger LOG = LoggerFactory.getLogger(Export.class);
    private static final long SWEEP_NANOS_MAX = TimeUnit.SECONDS.toNanos(1);

    private final EventLoop loop;
    private final ExportSettings settings;
    private final Volume volume;
    private final ExportMetrics metrics;
    private final RequestTable requests;
    private final ZeroScan zeroScan = new ZeroScan();
    private final Set<Connection> connections = new LinkedHashSet<>();
    private final Map<Negotiation, Runnable> whenSettled = new LinkedHashMap<>();
    private final long sweepNanos;
    private boolean sweepScheduled;
    private boolean settling;
    private boolean closing;
    private @Nullable Runnable whenClosed;

    // Written by the loop alone.
    private volatile long generation;
    private volatile int connectionsSeen;

    Export(
            EventLoop loop,
            ExportSettings settings,
            Volume volume,
            BlockBuffers buffers,
            ExportMetrics metrics) {
        this.loop = loop;
        this.settings = settings;
        this.volume = volume;
        this.metrics = metrics;
        ExportLimits limits = settings.limits();
        this.requests = new RequestTable(loop, buffers, limits, metrics, this::noOrphans);
        long shortest =
                Math.min(
                        limits.handshakeTimeout().toNanos(),
                        Math.min(
                                limits.payloadTimeout().toNanos(), limits.sendTimeout().toNanos()));
        this.sweepNanos = Math.min(SWEEP_NANOS_MAX, Math.max(1, shortest / 4));
    }

    EventLoop loop() {
        return loop;
    }

    ExportSettings settings() {
        return settings;
    }

    ExportLimits limits() {
        return settings.limits();
    }

    Volume volume() {
        return volume;
    }

    ExportMetrics metrics() {
        return metrics;
    }

    RequestTable requests() {
        return requests;
    }

    ZeroScan zeroScan() {
        return zeroScan;
    }

    ExportLoad load() {
        return new ExportLoad(
                connectionsSeen, requests.requestsSeen(), requests.bytesSeen(), generation);
    }

    // ---- connections

    /// A client has connected.
    void opened(Channel channel, @Nullable SslContext tls) {
        Connection connection = new Connection(this, channel, tls, System.nanoTime());
        metrics.connectionOpened();
        connections.add(connection);
        connectionsSeen = connections.size();
        channel.config().setRecvByteBufAllocator(new PayloadReads(connection));
        channel.pipeline().addLast((Negotiation) connection.phase());
        evictOldestHandshake();
        scheduleSweep();
    }

    /// The channel of a connection is closed.
    void ended(Connection connection) {
        if (connections.remove(connection)) {
            connectionsSeen = connections.size();
            metrics.connectionEnded(connection.end());
            LOG.atDebug()
                    .addKeyValue("resource", settings.name())
                    .addKeyValue("end", connection.end())
                    .log("nbd connection ended");
            closedIfEmpty();
        }
    }

    /// Something was thrown while a connection was served: it costs that connection, nothing else.
    void failed(Connection connection, Throwable cause) {
        switch (cause) {
            case IOException _ -> connection.abort(ConnectionEnd.CLOSED_BY_PEER);
            case DecoderException _ -> connection.abort(ConnectionEnd.TLS_FAILURE);
            default -> {
                LOG.atError()
                        .addKeyValue("resource", settings.name())
                        .setCause(cause)
                        .log("nbd connection closed because serving it failed");
                connection.abort(ConnectionEnd.DROPPED);
            }
        }
    }

    /// Why a client that names this export is not served all the same, or null.
    @Nullable String refusal(String name) {
        if (ExportClaim.of(name, settings) instanceof ExportClaim.Known(OptionalLong claimed)) {
            if (claimed.isPresent() && claimed.getAsLong() < generation) {
                return "attachment generation %d has been replaced by %d"
                        .formatted(claimed.getAsLong(), generation);
            }
            boolean fences = claimed.isPresent() && claimed.getAsLong() > generation;
            if (!fences && connections.size() - handshakes() >= limits().connections()) {
                return "export '%s' has %d connections, its limit"
                        .formatted(settings.name(), limits().connections());
            }
        }
        return null;
    }

    private int handshakes() {
        int count = 0;
        for (Connection connection : connections) {
            if (connection.inHandshake()) {
                count++;
            }
        }
        return count;
    }

    /// Half-open connections must not keep others out: the oldest makes room for the newest.
    private void evictOldestHandshake() {
        if (handshakes() > limits().handshakes()) {
            for (Connection connection : connections) {
                if (connection.inHandshake()) {
                    connection.abort(ConnectionEnd.TOO_MANY);
                    return;
                }
            }
        }
    }

    // ---- attachment generations

    long generation() {
        return generation;
    }

    boolean closing() {
        return closing;
    }

    /// Begins a generation: closes every connection in transmission at once.
    ///
    /// @param handshakesToo false where a client begins the generation itself: those that come with
    ///   it may be in the handshake
    void fence(long newGeneration, boolean handshakesToo) {
        if (newGeneration <= generation) {
            throw new IllegalArgumentException(
                    "attachment generation " + newGeneration + " is not after " + generation);
        }
        generation = newGeneration;
        int closed = 0;
        for (Connection connection : List.copyOf(connections)) {
            if (handshakesToo || !connection.inHandshake()) {
                connection.abort(ConnectionEnd.FENCED);
                closed++;
            }
        }
        settling = requests.orphans() > 0;
        LOG.atInfo()
                .addKeyValue("resource", settings.name())
                .addKeyValue("generation", newGeneration)
                .addKeyValue("closed", closed)
                .addKeyValue("inFlight", requests.orphans())
                .log("nbd attachment generation begins, earlier connections are fenced");
    }

    /// True while requests of fenced connections are still with the volume: nobody may be served
    /// before they are done, because one of them could land after the new client has read.
    boolean settling() {
        return settling;
    }

    /// Runs an action once, when the volume has completed what fenced connections had asked for,
    /// unless the client is gone then.
    void whenSettled(Negotiation client, Runnable action) {
        whenSettled.put(client, action);
    }

    void forget(Negotiation client) {
        whenSettled.remove(client);
    }

    private void noOrphans() {
        if (settling) {
            settling = false;
            List<Runnable> actions = List.copyOf(whenSettled.values());
            whenSettled.clear();
            actions.forEach(Runnable::run);
        }
    }

    // ---- ending

    /// Closes every connection at once.
    void drop(PendingRequests pending, ConnectionEnd reason) {
        for (Connection connection : List.copyOf(connections)) {
            switch (pending) {
                case UNANSWERED -> {}
                case SHUTDOWN_ERROR -> connection.phase().answerShutdown();
            }
            connection.abort(reason);
        }
    }

    /// Takes no more requests, and closes each connection when it has been answered.
    void close(Runnable whenClosed) {
        closing = true;
        this.whenClosed = whenClosed;
        for (Connection connection : List.copyOf(connections)) {
            connection.phase().drain();
        }
        closedIfEmpty();
    }

    private void closedIfEmpty() {
        Runnable action = whenClosed;
        if (closing && connections.isEmpty() && action != null) {
            whenClosed = null;
            action.run();
        }
    }

    // ---- time

    private void scheduleSweep() {
        if (!sweepScheduled && !connections.isEmpty()) {
            sweepScheduled = true;
            loop.schedule(this::sweep, sweepNanos, TimeUnit.NANOSECONDS);
        }
    }

    private void sweep() {
        sweepScheduled = false;
        long now = System.nanoTime();
        long sendTimeout = limits().sendTimeout().toNanos();
        for (Connection connection : List.copyOf(connections)) {
            ConnectionEnd overdue = connection.phase().overdue(now);
            if (overdue != null) {
                connection.abort(overdue);
            } else if (connection.sendStalled(now, sendTimeout)) {
                connection.abort(ConnectionEnd.SEND_TIMEOUT);
            }
        }
        scheduleSweep();
    }
}
