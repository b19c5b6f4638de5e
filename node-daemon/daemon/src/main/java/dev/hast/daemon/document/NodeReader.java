package dev.hast.daemon.document;

import dev.hast.daemon.document.NodeDocument.Arbiter;
import dev.hast.daemon.document.NodeDocument.Directories;
import dev.hast.daemon.document.NodeDocument.EtcdArbiter;
import dev.hast.daemon.document.NodeDocument.EtcdTls;
import dev.hast.daemon.document.NodeDocument.EtcdUser;
import dev.hast.daemon.document.NodeDocument.FileArbiter;
import dev.hast.daemon.document.NodeDocument.LeaseArbiter;
import dev.hast.daemon.document.NodeDocument.LeaseTls;
import dev.hast.daemon.document.NodeDocument.NoArbiter;
import dev.hast.daemon.document.NodeDocument.TlsFiles;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.List;
import java.util.Optional;

/// Reads the `spec` of a `HastNode`.
final class NodeReader {

    private static final int UNIX_PATH_MAX = 107;
    private static final LeaseTls NO_LEASE_TLS =
            new LeaseTls(Optional.empty(), Optional.empty(), Optional.empty());

    private NodeReader() {}

    static Optional<NodeDocument> read(String name, Fields spec, Problems problems) {
        int before = problems.count();
        var listen = spec.scalars("listen", Values.endpoint(Endpoint.REPLICATION_PORT));
        var socket =
                spec.value("controlSocket", Values::absolutePath)
                        .orElse(NodeDocument.CONTROL_SOCKET_DEFAULT);
        if (socket.toString().length() > UNIX_PATH_MAX) {
            spec.problem(
                    "controlSocket",
                    "is longer than a unix socket's path may be",
                    "use at most 107 characters");
        }
        var controlListen = spec.value("controlListen", Values.endpoint(NodeDocument.CONTROL_PORT));
        var tls = tls(spec);
        if (controlListen.isPresent() && !spec.has("tls")) {
            spec.problem(
                    "controlListen",
                    "needs tls: who connects there commands this daemon",
                    "add tls");
        }
        var arbiter =
                spec.requiredMapping(
                                "arbiter",
                                "add arbiter: {type: etcd, endpoints: [...]}, or type lease, file or none")
                        .flatMap(NodeReader::arbiter);
        var directories =
                new Directories(
                        spec.value("runDirectory", Values::absolutePath)
                                .orElse(Directories.DEFAULT.run()),
                        spec.value("stateDirectory", Values::absolutePath)
                                .orElse(Directories.DEFAULT.state()),
                        spec.value("deviceDirectory", Values::absolutePath)
                                .orElse(Directories.DEFAULT.device()));
        var metrics =
                spec.has("metricsListen")
                        ? spec.value("metricsListen", NodeReader::endpointOrNone).flatMap(e -> e)
                        : Optional.of(NodeDocument.METRICS_LISTEN_DEFAULT);
        var exec = spec.value("exec", Values::absolutePath);
        var io = spec.value("io", Values.choice(IoEngine.class)).orElse(IoEngine.AUTO);
        spec.refuseUnknown();
        if (problems.count() > before || arbiter.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(
                new NodeDocument(
                        name,
                        listen.isEmpty() ? List.of(NodeDocument.LISTEN_DEFAULT) : listen,
                        socket,
                        controlListen,
                        tls,
                        arbiter.get(),
                        directories,
                        metrics,
                        exec,
                        io));
    }

    private static Optional<Endpoint> endpointOrNone(String text) throws BadValue {
        return text.equals("none")
                ? Optional.empty()
                : Optional.of(Values.endpoint(NodeDocument.METRICS_PORT).of(text));
    }

    private static Optional<TlsFiles> tls(Fields spec) {
        boolean plaintext = spec.value("plaintext", Values::bool).orElse(false);
        if (!spec.has("tls")) {
            if (!plaintext) {
                spec.problem(
                        "tls",
                        "is missing",
                        "add tls: {ca, cert, key} (hastctl pki makes the files),"
                                + " or plaintext: true where the network is trusted");
            }
            return Optional.empty();
        }
        if (plaintext) {
            spec.problem("plaintext", "given beside tls", "keep one of the two");
        }
        return spec.mapping("tls").flatMap(NodeReader::tlsFiles);
    }

    private static Optional<TlsFiles> tlsFiles(Fields tls) {
        var ca =
                tls.required(
                        "ca",
                        "give the PEM file of the certificate authority",
                        Values::absolutePath);
        var cert =
                tls.required(
                        "cert",
                        "give the PEM file of this node's certificate",
                        Values::absolutePath);
        var key =
                tls.required(
                        "key",
                        "give the PEM file of this node's private key",
                        Values::absolutePath);
        var crl = tls.value("crl", Values::absolutePath);
        tls.refuseUnknown();
        if (ca.isEmpty() || cert.isEmpty() || key.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(new TlsFiles(ca.get(), cert.get(), key.get(), crl));
    }

    private static Optional<Arbiter> arbiter(Fields fields) {
        var type = fields.required("type", "write etcd, lease, file or none", Values::text);
        Optional<Arbiter> arbiter =
                switch (type.orElse("")) {
                    case "etcd" -> etcd(fields);
                    case "lease" -> lease(fields);
                    case "file" ->
                            fields.required(
                                            "path",
                                            "give the file that all daemons share",
                                            Values::absolutePath)
                                    .map(FileArbiter::new);
                    case "none" -> Optional.of(new NoArbiter());
                    case "" -> Optional.empty();
                    default -> {
                        fields.problem(
                                "type",
                                Values.quoted(type.get()) + " is not known here",
                                "write etcd, lease, file or none");
                        yield Optional.empty();
                    }
                };
        if (type.isPresent()) {
            fields.refuseUnknown();
        }
        return arbiter;
    }

    private static Optional<Arbiter> etcd(Fields fields) {
        var endpoints = fields.scalars("endpoints", NodeReader::etcdEndpoint);
        if (!fields.has("endpoints")) {
            fields.problem(
                    "endpoints", "is missing", "list etcd's client URLs: [https://10.0.0.3:2379]");
        }
        var prefix = fields.value("prefix", Values::text).orElse(EtcdArbiter.PREFIX_DEFAULT);
        var tls = fields.mapping("tls").flatMap(NodeReader::etcdTls);
        if (fields.has("tls") && endpoints.stream().anyMatch(e -> e.startsWith("http://"))) {
            fields.problem("tls", "is of no use with http://", "write https:// in endpoints");
        }
        var user = fields.value("user", Values::text);
        var passwordFile = fields.value("passwordFile", Values::absolutePath);
        if (user.isPresent() != passwordFile.isPresent()) {
            fields.problem(
                    user.isPresent() ? "user" : "passwordFile",
                    "user and passwordFile go together",
                    "give both");
        }
        return Optional.of(
                new EtcdArbiter(
                        endpoints,
                        prefix,
                        tls,
                        user.flatMap(u -> passwordFile.map(file -> new EtcdUser(u, file)))));
    }

    private static Optional<EtcdTls> etcdTls(Fields tls) {
        var ca =
                tls.required(
                        "ca",
                        "give the PEM file of etcd's certificate authority",
                        Values::absolutePath);
        var cert = tls.value("cert", Values::absolutePath);
        var key = tls.value("key", Values::absolutePath);
        if (cert.isPresent() != key.isPresent()) {
            tls.problem(
                    cert.isPresent() ? "cert" : "key",
                    "cert and key go together",
                    "give both, or neither");
        }
        tls.refuseUnknown();
        return ca.map(path -> new EtcdTls(path, cert, key));
    }

    private static Optional<Arbiter> lease(Fields fields) {
        var namespace = fields.value("namespace", NodeReader::namespace);
        var server = fields.value("server", NodeReader::apiServer);
        var tokenFile = fields.value("tokenFile", Values::absolutePath);
        var tls = fields.mapping("tls").flatMap(NodeReader::leaseTls);
        if (fields.has("tls") && server.filter(url -> url.startsWith("http://")).isPresent()) {
            fields.problem("tls", "is of no use with http://", "write https:// in server");
        }
        return Optional.of(new LeaseArbiter(namespace, server, tokenFile, tls));
    }

    private static Optional<LeaseTls> leaseTls(Fields tls) {
        var ca = tls.value("ca", Values::absolutePath);
        var cert = tls.value("cert", Values::absolutePath);
        var key = tls.value("key", Values::absolutePath);
        if (cert.isPresent() != key.isPresent()) {
            tls.problem(
                    cert.isPresent() ? "cert" : "key",
                    "cert and key go together",
                    "give both, or neither");
        }
        tls.refuseUnknown();
        return Optional.of(new LeaseTls(ca, cert, key)).filter(t -> !t.equals(NO_LEASE_TLS));
    }

    private static String namespace(String text) throws BadValue {
        if (!text.matches("[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")) {
            throw new BadValue(
                    Values.quoted(text) + " is no namespace of Kubernetes",
                    "write 1 to 63 lower-case letters, digits or '-'");
        }
        return text;
    }

    private static String apiServer(String text) throws BadValue {
        if (!isUrl(text)) {
            throw new BadValue(
                    Values.quoted(text) + " is not the URL of an API server",
                    "write https://host:6443");
        }
        return text;
    }

    private static boolean isUrl(String text) {
        try {
            var uri = new URI(text);
            return uri.getHost() != null
                    && uri.getPort() > 0
                    && List.of("", "/").contains(uri.getRawPath())
                    && List.of("http", "https").contains(String.valueOf(uri.getScheme()));
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private static String etcdEndpoint(String text) throws BadValue {
        try {
            var uri = new URI(text);
            var scheme = uri.getScheme();
            if (uri.getHost() != null
                    && uri.getPort() > 0
                    && ("http".equals(scheme) || "https".equals(scheme))) {
                return text;
            }
        } catch (URISyntaxException e) {
            throw new BadValue(
                    Values.quoted(text) + " is not a URL: " + e.getReason(),
                    "write https://host:2379");
        }
        throw new BadValue(
                Values.quoted(text) + " is not a client URL of etcd", "write https://host:2379");
    }
}
