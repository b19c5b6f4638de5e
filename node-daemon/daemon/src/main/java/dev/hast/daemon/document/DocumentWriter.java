package dev.hast.daemon.document;

import dev.hast.daemon.document.NodeDocument.EtcdArbiter;
import dev.hast.daemon.document.NodeDocument.FileArbiter;
import dev.hast.daemon.document.NodeDocument.LeaseArbiter;
import dev.hast.daemon.document.NodeDocument.NoArbiter;
import dev.hast.daemon.document.ResourceDocument.PoolName;
import dev.hast.daemon.document.ResourceDocument.ProviderPath;
import dev.hast.daemon.document.ResourceDocument.Replication;
import dev.hast.daemon.document.ResourceDocument.Resync;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Writes documents as YAML that [Documents] reads back as equal records. What has its default is
/// left out.
public final class DocumentWriter {

    /// Scalars that need no quotes in any position: they can't be taken for a number, a boolean or
    /// YAML's syntax.
    private static final Pattern PLAIN =
            Pattern.compile(
                    "[A-Za-z/][A-Za-z0-9/._-]*(:[A-Za-z0-9/._-]+)*|[0-9]+(\\.[0-9]+){3}(:[0-9]+)?");

    private static final Pattern WORDS_OF_YAML =
            Pattern.compile("(?i)true|false|null|yes|no|on|off|y|n");

    private final StringBuilder out = new StringBuilder();

    private DocumentWriter() {}

    public static String write(ResourceDocument document) {
        var writer = new DocumentWriter();
        writer.head(Documents.RESOURCE_KIND, document.name());
        writer.resource(document);
        return writer.out.toString();
    }

    public static String write(NodeDocument document) {
        var writer = new DocumentWriter();
        writer.head(Documents.NODE_KIND, document.name());
        writer.node(document);
        return writer.out.toString();
    }

    private void head(String kind, String name) {
        line(0, "apiVersion", Documents.API_VERSION);
        line(0, "kind", kind);
        out.append("metadata:\n");
        line(1, "name", name);
        out.append("spec:\n");
    }

    private void resource(ResourceDocument document) {
        document.size().ifPresent(size -> line(1, "size", size.text()));
        out.append("  replicas:\n");
        for (var replica : document.replicas()) {
            out.append("    - node: ").append(scalar(replica.node())).append('\n');
            switch (replica.place()) {
                case ProviderPath(var path) -> line(3, "provider", path);
                case PoolName(var pool) -> line(3, "pool", pool);
            }
            line(3, "address", replica.address().text());
            replica.source().ifPresent(source -> line(3, "source", source));
        }
        line(1, "primary", document.primary().text());
        replication(document.replication());
        lineUnless(
                1,
                "extentSize",
                document.extentSize().text(),
                ResourceDocument.EXTENT_SIZE_DEFAULT.text());
        lineUnless(
                1,
                "activityLogExtents",
                Integer.toString(document.activityLogExtents()),
                Integer.toString(ResourceDocument.ACTIVITY_LOG_EXTENTS_DEFAULT));
        lineUnless(1, "onArbiterLost", document.onArbiterLost().text(), ArbiterLoss.SUSPEND.text());
        resync(document.resync());
    }

    private void replication(Replication replication) {
        var defaults = Replication.DEFAULT;
        if (replication.equals(defaults)) {
            return;
        }
        out.append("  replication:\n");
        lineUnless(2, "mode", replication.mode().text(), defaults.mode().text());
        lineUnless(
                2,
                "timeout",
                DurationText.text(replication.timeout()),
                DurationText.text(defaults.timeout()));
        lineUnless(
                2,
                "grantDuration",
                DurationText.text(replication.grantDuration()),
                DurationText.text(defaults.grantDuration()));
        lineUnless(2, "checksum", replication.checksum().text(), defaults.checksum().text());
        lineUnless(
                2, "compression", replication.compression().text(), defaults.compression().text());
    }

    private void resync(Resync resync) {
        if (resync.equals(Resync.DEFAULT)) {
            return;
        }
        out.append("  resync:\n");
        resync.maxRate().ifPresent(rate -> line(2, "maxRate", rate.text()));
        line(2, "minRate", resync.minRate().text());
    }

    private void node(NodeDocument document) {
        list(1, "listen", document.listen().stream().map(Endpoint::text).toList());
        lineUnless(
                1,
                "controlSocket",
                document.controlSocket().toString(),
                NodeDocument.CONTROL_SOCKET_DEFAULT.toString());
        document.controlListen().ifPresent(e -> line(1, "controlListen", e.text()));
        document.tls().ifPresentOrElse(this::tls, () -> out.append("  plaintext: true\n"));
        arbiter(document.arbiter());
        var defaults = NodeDocument.Directories.DEFAULT;
        var directories = document.directories();
        lineUnless(1, "runDirectory", directories.run().toString(), defaults.run().toString());
        lineUnless(
                1, "stateDirectory", directories.state().toString(), defaults.state().toString());
        lineUnless(
                1,
                "deviceDirectory",
                directories.device().toString(),
                defaults.device().toString());
        lineUnless(
                1,
                "metricsListen",
                document.metricsListen().map(Endpoint::text).orElse("none"),
                NodeDocument.METRICS_LISTEN_DEFAULT.text());
        document.exec().ifPresent(path -> line(1, "exec", path.toString()));
        lineUnless(1, "io", document.io().text(), IoEngine.AUTO.text());
    }

    private void tls(NodeDocument.TlsFiles tls) {
        out.append("  tls:\n");
        line(2, "ca", tls.ca().toString());
        line(2, "cert", tls.cert().toString());
        line(2, "key", tls.key().toString());
        tls.crl().ifPresent(crl -> line(2, "crl", crl.toString()));
    }

    private void arbiter(NodeDocument.Arbiter arbiter) {
        out.append("  arbiter:\n");
        line(2, "type", arbiter.type());
        switch (arbiter) {
            case EtcdArbiter etcd -> {
                list(2, "endpoints", etcd.endpoints());
                lineUnless(2, "prefix", etcd.prefix(), EtcdArbiter.PREFIX_DEFAULT);
                etcd.tls()
                        .ifPresent(tls -> {
                            out.append("    tls:\n");
                            line(3, "ca", tls.ca().toString());
                            tls.cert().ifPresent(cert -> line(3, "cert", cert.toString()));
                            tls.key().ifPresent(key -> line(3, "key", key.toString()));
                        });
                etcd.user()
                        .ifPresent(user -> {
                            line(2, "user", user.name());
                            line(2, "passwordFile", user.passwordFile().toString());
                        });
            }
            case LeaseArbiter lease -> {
                lease.namespace().ifPresent(namespace -> line(2, "namespace", namespace));
                lease.server().ifPresent(server -> line(2, "server", server));
                lease.tokenFile().ifPresent(file -> line(2, "tokenFile", file.toString()));
                lease.tls()
                        .ifPresent(tls -> {
                            out.append("    tls:\n");
                            tls.ca().ifPresent(ca -> line(3, "ca", ca.toString()));
                            tls.cert().ifPresent(cert -> line(3, "cert", cert.toString()));
                            tls.key().ifPresent(key -> line(3, "key", key.toString()));
                        });
            }
            case FileArbiter(var path) -> line(2, "path", path.toString());
            case NoArbiter() -> {}
        }
    }

    private void list(int depth, String field, List<String> values) {
        out.repeat("  ", depth).append(field).append(": ");
        out.append(
                values.stream()
                        .map(DocumentWriter::scalar)
                        .collect(Collectors.joining(", ", "[", "]\n")));
    }

    private void lineUnless(int depth, String field, String value, String unless) {
        if (!value.equals(unless)) {
            line(depth, field, value);
        }
    }

    private void line(int depth, String field, String value) {
        out.repeat("  ", depth).append(field).append(": ").append(scalar(value)).append('\n');
    }

    /// A scalar, in quotes where YAML could read something else.
    static String scalar(String value) {
        boolean quantity = value.matches("[0-9]{1,18}[A-Za-z]{0,2}");
        if (quantity || PLAIN.matcher(value).matches() && !WORDS_OF_YAML.matcher(value).matches()) {
            return value;
        }
        var quoted = new StringBuilder("\"");
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (c == '"' || c == '\\') {
                quoted.append('\\').append(c);
            } else if (c < ' ' || c == 0x7f) {
                quoted.append(String.format("\\x%02x", (int) c));
            } else {
                quoted.append(c);
            }
        }
        return quoted.append('"').toString();
    }
}
