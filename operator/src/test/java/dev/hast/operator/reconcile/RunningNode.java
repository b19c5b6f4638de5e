package dev.hast.operator.reconcile;

import dev.hast.daemon.document.DocumentSet;
import dev.hast.daemon.document.Documents;
import dev.hast.daemon.document.LoadOutcome;
import dev.hast.daemon.node.NodeDaemon;
import dev.hast.daemon.pki.CertificateAuthority;
import dev.hast.daemon.pki.PkiException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// A real daemon in this process, with certificates and its control API on a port; its documents
/// are its own HastNode and nothing else.
final class RunningNode implements AutoCloseable {

    final String name;
    final int port;
    final int control;
    private final Path directory;
    private final Path own;
    private Optional<NodeDaemon> daemon = Optional.empty();

    RunningNode(Path directory, String name, CertificateAuthority authority)
            throws IOException, PkiException {
        this.directory = directory;
        this.name = name;
        this.port = freePort();
        this.control = freePort();
        authority.issue(name, List.of("127.0.0.1"), Duration.ofDays(1));
        own = directory.resolve(name + ".yaml");
        final Path run = Files.createDirectories(directory.resolve(name));
        final Path pki = directory.resolve("pki");
        Files.writeString(
                own,
                """
                apiVersion: hast.dev/v1alpha1
                kind: HastNode
                metadata: {name: %s}
                spec:
                  listen: 127.0.0.1:%d
                  controlListen: 127.0.0.1:%d
                  tls: {ca: %s, cert: %s, key: %s}
                  arbiter: {type: file, path: %s}
                  runDirectory: %s
                  stateDirectory: %s
                  deviceDirectory: %s
                  controlSocket: %s
                  metricsListen: none
                """
                        .formatted(
                                name,
                                port,
                                control,
                                pki.resolve("ca.crt"),
                                pki.resolve(name + ".crt"),
                                pki.resolve(name + ".key"),
                                directory.resolve("arbiter"),
                                run.resolve("run"),
                                run.resolve("state"),
                                run.resolve("dev"),
                                run.resolve("control.sock")));
    }

    Path provider(String resource) {
        return directory.resolve(name + "-" + resource + ".img");
    }

    void start() throws Exception {
        final DocumentSet documents =
                ((LoadOutcome.Loaded) Documents.load(List.of(own))).documents();
        daemon =
                Optional.of(
                        new NodeDaemon(
                                documents.node(name).orElseThrow(),
                                documents,
                                List.of(own),
                                false));
    }

    void stop() {
        daemon.ifPresent(running -> running.terminate(Duration.ZERO));
        daemon = Optional.empty();
    }

    private static int freePort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        }
    }

    @Override
    public void close() {
        stop();
    }
}
