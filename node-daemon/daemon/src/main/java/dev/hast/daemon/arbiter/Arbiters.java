package dev.hast.daemon.arbiter;

import dev.hast.daemon.document.NodeDocument;
import java.io.IOException;
import java.net.URI;
import java.util.Optional;

/// Opens the arbiter that a node's document names.
public final class Arbiters {

    private Arbiters() {}

    /// @throws IOException if the directory of a file arbiter cannot be used
    /// @throws IllegalArgumentException if the document says what no arbiter can do; the message
    ///   names the field
    public static Arbiter open(NodeDocument.Arbiter document) throws IOException {
        return switch (document) {
            case NodeDocument.EtcdArbiter etcd -> new EtcdArbiter(settings(etcd));
            case NodeDocument.LeaseArbiter lease ->
                    new LeaseArbiter(
                            PodEnvironment.settings(
                                    lease, System.getenv(), PodEnvironment.SERVICE_ACCOUNT));
            case NodeDocument.FileArbiter file ->
                    new FileArbiter(file.path(), FileArbiter.LOCK_TIMEOUT);
            case NodeDocument.NoArbiter none -> new NoArbiter();
        };
    }

    static EtcdSettings settings(NodeDocument.EtcdArbiter etcd) {
        return new EtcdSettings(
                etcd.endpoints().stream().map(URI::create).toList(),
                etcd.prefix(),
                etcd.tls().map(Arbiters::tls),
                etcd.user().map(u -> new EtcdSettings.User(u.name(), u.passwordFile())),
                EtcdSettings.ATTEMPT_TIMEOUT,
                EtcdSettings.TIMEOUT);
    }

    private static EtcdSettings.Tls tls(NodeDocument.EtcdTls tls) {
        if (tls.cert().isPresent() != tls.key().isPresent()) {
            throw new IllegalArgumentException(
                    "etcd tls: cert and key go together; give both or neither");
        }
        final Optional<EtcdSettings.Identity> identity =
                tls.cert()
                        .flatMap(
                                cert -> tls.key().map(key -> new EtcdSettings.Identity(cert, key)));
        return new EtcdSettings.Tls(tls.ca(), identity);
    }
}
