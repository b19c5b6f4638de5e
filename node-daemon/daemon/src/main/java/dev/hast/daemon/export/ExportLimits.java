package dev.hast.daemon.export;

import java.time.Duration;

/// The bounds of an export. Whatever a client does, it cannot make the export use more than these.
///
/// @param connections connections in the transmission phase; the next one is refused with
///   `REP_ERR_POLICY`
/// @param handshakes connections in the handshake; on the next one the oldest of them is closed
/// @param requestsPerConnection requests in flight of one connection; then its socket is not read
/// @param requestsPerExport requests in flight of all connections
/// @param bytesPerConnection payload bytes of one connection in flight (one request is always let
///   through)
/// @param bytesPerExport payload bytes of all connections in flight (one request is always let
///   through)
/// @param handshakeTimeout from accept to the transmission phase
/// @param payloadTimeout for the payload of a write to arrive; one second is added for each 256 KiB
/// @param sendTimeout for which a client may take none of the bytes that wait for it
public record ExportLimits(
        int connections,
        int handshakes,
        int requestsPerConnection,
        int requestsPerExport,
        long bytesPerConnection,
        long bytesPerExport,
        Duration handshakeTimeout,
        Duration payloadTimeout,
        Duration sendTimeout) {

    /// The most requests in flight that an export can have: a request's slot is 16 bits of its
    /// handle.
    public static final int MAX_REQUESTS = 1 << 16;

    public static final ExportLimits DEFAULT =
            new ExportLimits(
                    64,
                    64,
                    256,
                    1024,
                    32L << 20,
                    64L << 20,
                    Duration.ofSeconds(10),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(60));

    public ExportLimits {
        positive("connections", connections);
        positive("handshakes", handshakes);
        positive("requestsPerConnection", requestsPerConnection);
        positive("requestsPerExport", requestsPerExport);
        positive("bytesPerConnection", bytesPerConnection);
        positive("bytesPerExport", bytesPerExport);
        positive("handshakeTimeout", handshakeTimeout.toNanos());
        positive("payloadTimeout", payloadTimeout.toNanos());
        positive("sendTimeout", sendTimeout.toNanos());
        if (requestsPerExport > MAX_REQUESTS) {
            throw new IllegalArgumentException(
                    "requestsPerExport is "
                            + requestsPerExport
                            + ", at most "
                            + MAX_REQUESTS
                            + " is possible");
        }
    }

    private static void positive(String name, long value) {
        if (value <= 0) {
            throw new IllegalArgumentException(
                    name + " of an export must be more than 0, it is " + value);
        }
    }
}
