package dev.hast.daemon.arbiter;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// How to reach an etcd, or a cluster of them.
///
/// @param endpoints the members' client addresses, `http://host:port` or `https://host:port`, all
///   of one cluster
/// @param prefix of all keys; a resource's key is this, `resources/` and its name
/// @param tls allowed with `https` only; without it the system's authorities are trusted and no
///   certificate is shown
/// @param user when etcd asks for one
/// @param attemptTimeout how long one member may take to answer before the next one is asked
/// @param timeout how long a call may take in all
public record EtcdSettings(
        List<URI> endpoints,
        String prefix,
        Optional<Tls> tls,
        Optional<User> user,
        Duration attemptTimeout,
        Duration timeout) {

    public static final String PREFIX = "/hast/";
    public static final Duration ATTEMPT_TIMEOUT = Duration.ofMillis(700);
    public static final Duration TIMEOUT = Duration.ofSeconds(3);

    public EtcdSettings {
        endpoints = List.copyOf(endpoints);
        if (endpoints.isEmpty()) {
            throw new IllegalArgumentException(
                    "etcd endpoints: name at least one, as http://host:2379 or https://host:2379");
        }
        for (URI endpoint : endpoints) {
            requireEndpoint(endpoint, tls.isPresent());
        }
        if (attemptTimeout.toMillis() < 1 || timeout.compareTo(attemptTimeout) < 0) {
            throw new IllegalArgumentException(
                    "etcd time-outs: one attempt takes at least 1 ms, and no more than the whole call, unlike %s and %s"
                            .formatted(attemptTimeout, timeout));
        }
    }

    /// Plain text, without a user, default time-outs.
    public static EtcdSettings of(List<URI> endpoints) {
        return new EtcdSettings(
                endpoints, PREFIX, Optional.empty(), Optional.empty(), ATTEMPT_TIMEOUT, TIMEOUT);
    }

    public static EtcdSettings of(List<URI> endpoints, Tls tls) {
        return new EtcdSettings(
                endpoints, PREFIX, Optional.of(tls), Optional.empty(), ATTEMPT_TIMEOUT, TIMEOUT);
    }

    public EtcdSettings withUser(User next) {
        return new EtcdSettings(endpoints, prefix, tls, Optional.of(next), attemptTimeout, timeout);
    }

    public EtcdSettings withTimeouts(Duration attempt, Duration whole) {
        return new EtcdSettings(endpoints, prefix, tls, user, attempt, whole);
    }

    /// The key that holds a resource's record.
    public String key(String resourceName) {
        return prefix + "resources/" + resourceName;
    }

    private static void requireEndpoint(URI endpoint, boolean tls) {
        final boolean secure = "https".equals(endpoint.getScheme());
        if ((!secure && !"http".equals(endpoint.getScheme()))
                || endpoint.getHost() == null
                || endpoint.getPort() < 1) {
            throw new IllegalArgumentException(
                    "etcd endpoint '"
                            + endpoint
                            + "': give it as http://host:port or https://host:port");
        }
        if (tls && !secure) {
            throw new IllegalArgumentException(
                    "etcd endpoint '" + endpoint + "': TLS files are given, so use https");
        }
    }

    /// PEM files, read again for each new connection, so that renewed ones are taken up.
    ///
    /// @param authorities who may have signed the members' certificates
    /// @param identity our own certificate, when etcd asks for one
    public record Tls(Path authorities, Optional<Identity> identity) {}

    /// @param certificate with its chain
    /// @param key PKCS #8, not encrypted
    public record Identity(Path certificate, Path key) {}

    /// @param passwordFile its first line; read at each log-in, so that a changed password is taken
    ///   up
    public record User(String name, Path passwordFile) {}
}
