package dev.hast.daemon.export;

import io.netty.channel.Channel;
import io.netty.handler.ssl.SslContext;
import org.jspecify.annotations.Nullable;

/// One client's connection: its channel, the phase that it is in, and why it ended.
///
/// Phases: the handshake ([Negotiation]), then the transmission ([Transmission]); never back.
///
/// Thread: the event loop of the export.
final class Connection {

    /// What a connection is doing.
    sealed interface Phase permits Negotiation, Transmission {

        /// The reason to close a connection that has used up its time, or null.
        @Nullable ConnectionEnd overdue(long nowNanos);

        /// Takes no more requests, finishes those in flight, then closes.
        void drain();

        /// The connection is over: lets go of everything. Comes before the channel is closed, or
        /// when it is; may come twice.
        void cut();

        /// The channel is about to be closed: requests in flight are answered, where they can be,
        /// with `ESHUTDOWN`.
        void answerShutdown();
    }

    private final Channel channel;
    private final @Nullable SslContext tls;
    private final long openedNanos;
    private Phase phase;
    private @Nullable ConnectionEnd end;

    // Progress of sending, as the last sweep saw it.
    private long sendState;
    private long sendStateNanos;

    Connection(Export export, Channel channel, @Nullable SslContext tls, long nowNanos) {
        this.channel = channel;
        this.tls = tls;
        this.openedNanos = nowNanos;
        this.sendStateNanos = nowNanos;
        this.phase = new Negotiation(export, this);
    }

    Channel channel() {
        return channel;
    }

    /// Present where nothing is served in the clear.
    @Nullable SslContext tls() {
        return tls;
    }

    Phase phase() {
        return phase;
    }

    void enter(Transmission transmission) {
        phase = transmission;
    }

    boolean inHandshake() {
        return phase instanceof Negotiation;
    }

    long openedNanos() {
        return openedNanos;
    }

    /// Why it ended; a connection that nobody here ended was closed by its peer.
    ConnectionEnd end() {
        return end == null ? ConnectionEnd.CLOSED_BY_PEER : end;
    }

    /// Closes in order: what was written before leaves first, TLS says goodbye.
    void finish(ConnectionEnd reason) {
        if (end == null) {
            end = reason;
            channel.close();
        }
    }

    /// Notes why the connection is going to end, without closing it yet.
    void ending(ConnectionEnd reason) {
        if (end == null) {
            end = reason;
        }
    }

    /// Closes at once, whatever is unsent. Past the pipeline, because TLS would wait for a peer
    /// that may be dead.
    void abort(ConnectionEnd reason) {
        ending(reason);
        phase.cut();
        channel.unsafe().close(channel.unsafe().voidPromise());
    }

    /// True if bytes have waited for the client since `timeout` without any of them leaving.
    boolean sendStalled(long nowNanos, long timeoutNanos) {
        var outbound = channel.unsafe().outboundBuffer();
        long waiting = outbound == null ? 0 : outbound.totalPendingWriteBytes();
        if (waiting == 0) {
            sendState = 0;
            sendStateNanos = nowNanos;
            return false;
        }
        long state = waiting * 31 + outbound.currentProgress();
        if (state != sendState) {
            sendState = state;
            sendStateNanos = nowNanos;
            return false;
        }
        return nowNanos - sendStateNanos > timeoutNanos;
    }
}
