package dev.hast.daemon.control;

/// What people count about connections to the control API. Called on its event loop.
public interface ControlMetrics {

    /// Why a connection was closed before it had asked anything.
    enum Refusal {
        /// Its first bytes are not those of the protocol.
        GARBAGE,
        /// It didn't begin in time.
        SILENT,
        /// It ended within the handshake: no certificate, or one that is not believed.
        TLS,
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
