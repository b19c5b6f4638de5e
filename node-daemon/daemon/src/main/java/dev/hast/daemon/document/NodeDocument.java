package dev.hast.daemon.document;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A `HastNode`: what one daemon needs to know about its own machine. Already checked.
///
/// @param name the node, as replicas and certificates name it
/// @param listen where peers connect to
/// @param controlSocket the unix socket of the control API
/// @param controlListen where other nodes may reach the control API by mutual TLS; absent means
///   nowhere
/// @param tls how peers prove who they are; absent only with `plaintext: true`
/// @param arbiter the register that holds the configuration
/// @param directories where the daemon keeps things
/// @param metricsListen where Prometheus and health checks ask; absent means nowhere
/// @param exec program to be run at each of HAST's seven events; absent means none
/// @param io which kernel interface serves sockets and providers
public record NodeDocument(
        String name,
        List<Endpoint> listen,
        Path controlSocket,
        Optional<Endpoint> controlListen,
        Optional<TlsFiles> tls,
        Arbiter arbiter,
        Directories directories,
        Optional<Endpoint> metricsListen,
        Optional<Path> exec,
        IoEngine io) {

    public static final Path CONTROL_SOCKET_DEFAULT = Path.of("/run/hast/control.sock");
    public static final Endpoint LISTEN_DEFAULT =
            new Endpoint("0.0.0.0", Endpoint.REPLICATION_PORT);
    public static final int CONTROL_PORT = 8458;
    public static final int METRICS_PORT = 8459;
    public static final Endpoint METRICS_LISTEN_DEFAULT = new Endpoint("127.0.0.1", METRICS_PORT);

    public NodeDocument {
        listen = List.copyOf(listen);
    }

    /// Files in PEM that mutual TLS is made of.
    ///
    /// @param ca the certificate authority that both sides trust
    /// @param cert this node's certificate; its common name is the node's name
    /// @param key its private key, PKCS#8, readable by the daemon's user alone
    /// @param crl the authority's list of revoked certificates; absent means that nothing is ever
    ///   revoked
    public record TlsFiles(Path ca, Path cert, Path key, Optional<Path> crl) {}

    /// Where a daemon keeps things.
    ///
    /// @param run sockets and locks, gone after a reboot
    /// @param state documents and configurations last seen, kept
    /// @param device where `NAME` appears on the primary
    public record Directories(Path run, Path state, Path device) {
        public static final Directories DEFAULT =
                new Directories(
                        Path.of("/run/hast"), Path.of("/var/lib/hast"), Path.of("/dev/hast"));
    }

    /// The register that holds the configuration and changes it only by compare-and-set.
    public sealed interface Arbiter {
        /// The word in documents.
        String type();
    }

    /// An etcd server or cluster.
    ///
    /// @param endpoints client URLs, `http://` or `https://`, one or more
    /// @param prefix of the keys
    /// @param tls the client's side of TLS, for `https://`
    /// @param user of etcd, with the file that holds its password
    public record EtcdArbiter(
            List<String> endpoints, String prefix, Optional<EtcdTls> tls, Optional<EtcdUser> user)
            implements Arbiter {
        public static final String PREFIX_DEFAULT = "/hast/";

        public EtcdArbiter {
            endpoints = List.copyOf(endpoints);
        }

        @Override
        public String type() {
            return "etcd";
        }
    }

    /// The client's side of TLS towards etcd.
    ///
    /// @param ca that signed etcd's certificates
    /// @param cert this client's certificate, when etcd asks for one
    /// @param key its private key, with `cert`
    public record EtcdTls(Path ca, Optional<Path> cert, Optional<Path> key) {}

    /// Who this daemon is to etcd.
    public record EtcdUser(String name, Path passwordFile) {}

    /// Leases of a Kubernetes API server. What is absent is as a pod has it.
    ///
    /// @param namespace of the Leases
    /// @param server URL of the API server, `https://host:port`
    /// @param tokenFile its content says who we are
    /// @param tls the client's side of TLS
    public record LeaseArbiter(
            Optional<String> namespace,
            Optional<String> server,
            Optional<Path> tokenFile,
            Optional<LeaseTls> tls)
            implements Arbiter {
        @Override
        public String type() {
            return "lease";
        }
    }

    /// The client's side of TLS towards the API server.
    ///
    /// @param ca that signed the API server's certificate; absent is the service account's
    /// @param cert this client's certificate, in place of a token
    /// @param key its private key, with `cert`
    public record LeaseTls(Optional<Path> ca, Optional<Path> cert, Optional<Path> key) {}

    /// A file that all daemons of one machine share: for tests.
    public record FileArbiter(Path path) implements Arbiter {
        @Override
        public String type() {
            return "file";
        }
    }

    /// No arbiter: roles are set by hand, as in HAST, and split-brain is possible.
    public record NoArbiter() implements Arbiter {
        @Override
        public String type() {
            return "none";
        }
    }
}
