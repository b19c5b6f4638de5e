package dev.hast.daemon.control;

/// What people count about connections to the control API. Called on any thread.
public interface ControlMetrics {

    /// Why a connection was closed, or a request refused.
    enum Refusal {
        /// What it sends is not the protocol.
        GARBAGE,
        /// It didn't begin in time.
        SILENT,
        /// It ended within the handshake: no certificate, or one that is not believed. Or later,
        /// when its certificate was revoked.
        TLS,
        /// It asked for what its certificate doesn't allow; the request is refused, not the
        /// connection.
        FORBIDDEN,
        /// A message or frame longer than may be; the request is refused, or the connection closed.
        OVERSIZED,
        /// Too many connections had not begun; this was the oldest.
        TOO_MANY;

        /// The word in metrics and logs.
        public String text() {
            return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
        }
    }

    void refused(Refusal refusal);

    ControlMetrics NONE = refusal -> {};
}
