package dev.hast.ctl;

import dev.hast.daemon.document.NodeDocument;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// Options that every command takes, before or after its name.
final class GlobalOptions {

    /// How answers are written.
    enum Output {
        human,
        json,
        yaml
    }

    @Option(
            names = {"-s", "--socket"},
            paramLabel = "PATH",
            scope = ScopeType.INHERIT,
            description =
                    "Control socket of the daemon on this machine. Default: $HAST_SOCKET, else"
                            + " /run/hast/control.sock.")
    private Path socket =
            Path.of(
                    System.getenv()
                            .getOrDefault(
                                    "HAST_SOCKET", NodeDocument.CONTROL_SOCKET_DEFAULT.toString()));

    @Option(
            names = {"-c", "--config"},
            paramLabel = "PATH",
            scope = ScopeType.INHERIT,
            description =
                    "Documents of the daemon, a file or a directory: its controlSocket is taken from"
                            + " there.")
    private Path config = Path.of("");

    @Option(
            names = {"-n", "--node"},
            paramLabel = "NODE",
            scope = ScopeType.INHERIT,
            description = "Ask the daemon of another node over the network, by mutual TLS.")
    private String node = "";

    @Option(
            names = "--address",
            paramLabel = "HOST:PORT",
            scope = ScopeType.INHERIT,
            description = "With --node: where its controlListen is. Default: NODE:8458.")
    private String address = "";

    @Option(
            names = "--pki",
            paramLabel = "DIR",
            scope = ScopeType.INHERIT,
            description =
                    "With --node: directory with ca.crt, IDENTITY.crt and IDENTITY.key. Default: /etc/hast/pki.")
    private Path pki = Path.of("/etc/hast/pki");

    @Option(
            names = "--identity",
            paramLabel = "IDENTITY",
            scope = ScopeType.INHERIT,
            description =
                    "With --node: certificate to show; only admin may change something. Default: admin.")
    private String identity = "admin";

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FORMAT",
            scope = ScopeType.INHERIT,
            description = "human, json or yaml. Default: human.")
    private Output output = Output.human;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            scope = ScopeType.INHERIT,
            description = "How long to wait for an answer: 10s, 1m. Default: 60s.")
    private Duration timeout = Duration.ofSeconds(60);

    @Option(
            names = {"-d", "--debug"},
            scope = ScopeType.INHERIT,
            description = "Show where an error comes from.")
    private boolean debug;

    Path socket() {
        return socket;
    }

    Optional<Path> config() {
        return config.toString().isEmpty() ? Optional.empty() : Optional.of(config);
    }

    Optional<String> node() {
        return node.isEmpty() ? Optional.empty() : Optional.of(node);
    }

    String address() {
        return address.isEmpty() ? node : address;
    }

    Path pki() {
        return pki;
    }

    String identity() {
        return identity;
    }

    Output output() {
        return output;
    }

    Duration timeout() {
        return timeout;
    }

    boolean debug() {
        return debug;
    }
}
