package dev.hast.daemon.document;

import dev.hast.daemon.document.FieldChange.Effect;
import dev.hast.daemon.document.NodeDocument.EtcdArbiter;
import dev.hast.daemon.document.NodeDocument.FileArbiter;
import dev.hast.daemon.document.NodeDocument.LeaseArbiter;
import dev.hast.daemon.document.NodeDocument.NoArbiter;
import java.util.List;

/// Which fields of a node's document differ, and what each takes.
///
/// Another arbiter, or another prefix in it, is another register: it doesn't hold the
/// configurations, so a daemon must not slip into it by a reload. Other endpoints of the same etcd
/// are the same register, and so is another way to the same API server.
final class NodeComparison {

    private static final String OTHER_REGISTER =
            "another register does not hold the configurations; stop all daemons of the cluster and start them with it";

    private NodeComparison() {}

    static List<FieldChange> fields(NodeDocument before, NodeDocument after) {
        return new Comparison<>(before, after)
                .forbidden("metadata.name", "a node keeps its name", NodeDocument::name)
                .field("listen", Effect.RESTART, d -> d.listen().toString())
                .field("controlSocket", Effect.RESTART, d -> d.controlSocket().toString())
                .optional("controlListen", Effect.RESTART, NodeDocument::controlListen)
                .field("plaintext", Effect.RESTART, d -> Boolean.toString(d.tls().isEmpty()))
                .field(
                        "tls",
                        Effect.LIVE,
                        d -> d.tls().map(t -> t.toString()).orElse(Comparison.ABSENT))
                .forbidden("arbiter", OTHER_REGISTER, d -> register(d.arbiter()))
                .field("arbiter.access", Effect.RESTART, d -> access(d.arbiter()))
                .field("runDirectory", Effect.RESTART, d -> d.directories().run().toString())
                .field("stateDirectory", Effect.RESTART, d -> d.directories().state().toString())
                .field("deviceDirectory", Effect.RESTART, d -> d.directories().device().toString())
                .optional("metricsListen", Effect.RESTART, NodeDocument::metricsListen)
                .optional("exec", Effect.LIVE, NodeDocument::exec)
                .field("io", Effect.RESTART, d -> d.io().text())
                .changes();
    }

    /// What the register is.
    private static String register(NodeDocument.Arbiter arbiter) {
        return switch (arbiter) {
            case EtcdArbiter etcd -> "etcd " + etcd.prefix();
            case LeaseArbiter lease -> "lease " + lease.namespace().orElse("of the pod");
            case FileArbiter(var path) -> "file " + path;
            case NoArbiter() -> "none";
        };
    }

    /// How it is reached. No secrets: a password stands in a file.
    private static String access(NodeDocument.Arbiter arbiter) {
        return switch (arbiter) {
            case EtcdArbiter etcd ->
                    etcd.endpoints()
                            + etcd.user()
                                    .map(u -> " as " + u.name() + ", " + u.passwordFile())
                                    .orElse("")
                            + etcd.tls().map(t -> ", " + t).orElse("");
            case LeaseArbiter lease ->
                    lease.server().orElse("server of the pod")
                            + lease.tokenFile().map(file -> ", " + file).orElse("")
                            + lease.tls().map(t -> ", " + t).orElse("");
            case FileArbiter _ -> Comparison.ABSENT;
            case NoArbiter _ -> Comparison.ABSENT;
        };
    }
}
