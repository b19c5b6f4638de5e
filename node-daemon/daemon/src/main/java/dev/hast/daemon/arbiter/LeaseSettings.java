package dev.hast.daemon.arbiter;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/// How to reach the API server that holds the Leases.
///
/// @param server its address, `https://host:port`; `http` for tests only
/// @param namespace of the Leases
/// @param tokenFile its content is sent as the bearer token; read again for each request, because a
///   pod's token is replaced every hour or so
/// @param tls allowed with `https` only; without it the system's authorities are trusted and no
///   certificate is shown
/// @param attemptTimeout how long one request may take before it is given up and made again
/// @param timeout how long a call may take in all
public record LeaseSettings(
        URI server,
        String namespace,
        Optional<Path> tokenFile,
        Optional<Tls> tls,
        Duration attemptTimeout,
        Duration timeout) {

    public static final Duration ATTEMPT_TIMEOUT = Duration.ofMillis(1_000);
    public static final Duration TIMEOUT = Duration.ofSeconds(3);

    public LeaseSettings {
        final boolean secure = "https".equals(server.getScheme());
        if ((!secure && !"http".equals(server.getScheme())) || server.getHost() == null) {
            throw new IllegalArgumentException(
                    "API server '" + server + "': give it as https://host:port");
        }
        if (tls.isPresent() && !secure) {
            throw new IllegalArgumentException(
                    "API server '" + server + "': TLS files are given, so use https");
        }
        if (!namespace.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
            throw new IllegalArgumentException(
                    "namespace '"
                            + namespace
                            + "': a namespace is 1 to 63 lower-case letters, digits or '-'");
        }
        if (attemptTimeout.toMillis() < 1 || timeout.compareTo(attemptTimeout) < 0) {
            throw new IllegalArgumentException(
                    "lease time-outs: one attempt takes at least 1 ms, and no more than the whole call, unlike %s and %s"
                            .formatted(attemptTimeout, timeout));
        }
    }

    /// Default time-outs.
    public static LeaseSettings of(
            URI server, String namespace, Optional<Path> tokenFile, Optional<Tls> tls) {
        return new LeaseSettings(server, namespace, tokenFile, tls, ATTEMPT_TIMEOUT, TIMEOUT);
    }

    public LeaseSettings withTimeouts(Duration attempt, Duration whole) {
        return new LeaseSettings(server, namespace, tokenFile, tls, attempt, whole);
    }

    /// For messages: `host:port`.
    String serverName() {
        return server.getRawAuthority();
    }

    /// Where the Leases of the namespace are.
    URI collection() {
        return URI.create(
                "%s://%s/apis/coordination.k8s.io/v1/namespaces/%s/leases"
                        .formatted(server.getScheme(), server.getRawAuthority(), namespace));
    }

    /// PEM files. A change of any of them is taken up at the next request.
    ///
    /// @param authorities who may have signed the server's certificate
    /// @param identity our own certificate, when there is no token
    public record Tls(Path authorities, Optional<Identity> identity) {}

    /// @param certificate with its chain
    /// @param key PKCS #8, not encrypted
    public record Identity(Path certificate, Path key) {}
}
