package dev.hast.daemon.arbiter;

import dev.hast.daemon.document.NodeDocument;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// What Kubernetes gives each pod: where the API server is, and a service account's namespace,
/// token and authority. Stands in for what a document leaves out.
final class PodEnvironment {

    /// Where the kubelet puts the service account's files.
    static final Path SERVICE_ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

    private static final String HOST = "KUBERNETES_SERVICE_HOST";
    private static final String PORT = "KUBERNETES_SERVICE_PORT";

    private PodEnvironment() {}

    /// @param environment the variables of the process
    /// @throws IllegalArgumentException if something is neither in the document nor in the pod; the
    ///   message names the field
    static LeaseSettings settings(
            NodeDocument.LeaseArbiter document,
            Map<String, String> environment,
            Path serviceAccount) {
        final URI server = URI.create(document.server().orElseGet(() -> server(environment)));
        final boolean secure = "https".equals(server.getScheme());
        final boolean certificate = document.tls().flatMap(NodeDocument.LeaseTls::cert).isPresent();
        return LeaseSettings.of(
                server,
                document.namespace().orElseGet(() -> namespace(serviceAccount)),
                document.tokenFile()
                        .or(() ->
                                certificate || !secure
                                        ? Optional.empty()
                                        : Optional.of(serviceAccount.resolve("token"))),
                secure ? tls(document.tls(), serviceAccount) : Optional.empty());
    }

    private static String server(Map<String, String> environment) {
        final String host = environment.getOrDefault(HOST, "");
        final String port = environment.getOrDefault(PORT, "443");
        if (host.isEmpty()) {
            throw new IllegalArgumentException(
                    "arbiter.server: there is none in the document, and no variable "
                            + HOST
                            + " as in a pod; write server: https://host:6443");
        }
        return "https://" + (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }

    private static String namespace(Path serviceAccount) {
        final Path file = serviceAccount.resolve("namespace");
        try {
            return Files.readString(file, StandardCharsets.UTF_8).strip();
        } catch (IOException e) {
            throw new IllegalArgumentException(
                    "arbiter.namespace: there is none in the document, and it cannot be read from "
                            + file
                            + " as in a pod; write namespace: NAME",
                    e);
        }
    }

    private static Optional<LeaseSettings.Tls> tls(
            Optional<NodeDocument.LeaseTls> document, Path serviceAccount) {
        return Optional.of(
                new LeaseSettings.Tls(
                        document.flatMap(NodeDocument.LeaseTls::ca)
                                .orElse(serviceAccount.resolve("ca.crt")),
                        document.flatMap(tls ->
                                tls.cert()
                                        .flatMap(cert ->
                                                tls.key()
                                                        .map(key ->
                                                                new LeaseSettings.Identity(
                                                                        cert, key))))));
    }
}
