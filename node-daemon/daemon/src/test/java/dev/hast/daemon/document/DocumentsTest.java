package dev.hast.daemon.document;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.document.LoadOutcome.Loaded;
import dev.hast.daemon.document.NodeDocument.Directories;
import dev.hast.daemon.document.NodeDocument.EtcdArbiter;
import dev.hast.daemon.document.NodeDocument.EtcdTls;
import dev.hast.daemon.document.NodeDocument.EtcdUser;
import dev.hast.daemon.document.NodeDocument.FileArbiter;
import dev.hast.daemon.document.NodeDocument.LeaseArbiter;
import dev.hast.daemon.document.NodeDocument.LeaseTls;
import dev.hast.daemon.document.NodeDocument.NoArbiter;
import dev.hast.daemon.document.NodeDocument.TlsFiles;
import dev.hast.daemon.document.ResourceDocument.AnyNode;
import dev.hast.daemon.document.ResourceDocument.OnNode;
import dev.hast.daemon.document.ResourceDocument.ProviderPath;
import dev.hast.daemon.document.ResourceDocument.Replica;
import dev.hast.daemon.document.ResourceDocument.Replication;
import dev.hast.daemon.document.ResourceDocument.Resync;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DocumentsTest {

    private static final Path GOOD = Path.of("src/test/resources/dev/hast/daemon/document/good");

    @Test
    void everyFieldOfAResourceIsRead() {
        var database =
                new ResourceDocument(
                        "database",
                        Optional.of(ByteCount.parse("10Gi")),
                        List.of(
                                replica("hast-a", "192.168.100.197", 8457, Optional.empty()),
                                replica("hast-b", "192.168.100.198", 8457, Optional.empty()),
                                replica("hast-c", "fd00::3", 9000, Optional.of("fd00::3"))),
                        new OnNode("hast-a"),
                        new Replication(
                                ReplicationMode.MEMSYNC,
                                Duration.ofMillis(1500),
                                Duration.ofSeconds(4),
                                Checksum.SHA256,
                                Compression.ZSTD),
                        ByteCount.parse("4Mi"),
                        1024,
                        ArbiterLoss.FAIL,
                        new Resync(Optional.of(ByteCount.parse("200Mi")), ByteCount.parse("20Mi")));

        assertThat(load("three-nodes.yaml").resource("database")).contains(database);
    }

    @Test
    void everyFieldOfANodeIsRead() {
        var pki = Path.of("/etc/hast/pki");
        var node =
                new NodeDocument(
                        "hast-a",
                        List.of(
                                new Endpoint("192.168.100.197", 8457),
                                new Endpoint("fd00::1", 8457)),
                        Path.of("/run/hast/a.sock"),
                        Optional.of(new Endpoint("192.168.100.197", 8458)),
                        Optional.of(
                                new TlsFiles(
                                        pki.resolve("ca.crt"),
                                        pki.resolve("hast-a.crt"),
                                        pki.resolve("hast-a.key"),
                                        Optional.of(pki.resolve("crl.pem")))),
                        new EtcdArbiter(
                                List.of("https://10.0.0.3:2379", "https://10.0.0.4:2379"),
                                "/site-1/hast/",
                                Optional.of(
                                        new EtcdTls(
                                                Path.of("/etc/hast/etcd-ca.crt"),
                                                Optional.of(Path.of("/etc/hast/etcd.crt")),
                                                Optional.of(Path.of("/etc/hast/etcd.key")))),
                                Optional.of(
                                        new EtcdUser("hast", Path.of("/etc/hast/etcd-password")))),
                        new Directories(
                                Path.of("/run/hast-a"),
                                Path.of("/var/lib/hast-a"),
                                Path.of("/dev/hast-a")),
                        Optional.empty(),
                        Optional.of(Path.of("/usr/local/sbin/hast-event")),
                        IoEngine.PORTABLE);

        assertThat(load("three-nodes.yaml").node("hast-a")).contains(node);
    }

    @Test
    void absentFieldsHaveTheirDefaults() {
        var least = load("least.yaml").resource("hast0").orElseThrow();
        assertThat(least.size()).isEmpty();
        assertThat(least.primary()).isEqualTo(new AnyNode());
        assertThat(least.replication())
                .isEqualTo(
                        new Replication(
                                ReplicationMode.FULLSYNC,
                                Duration.ofSeconds(2),
                                Duration.ofSeconds(3),
                                Checksum.CRC32C,
                                Compression.HOLE));
        assertThat(least.extentSize().text()).isEqualTo("2Mi");
        assertThat(least.onArbiterLost()).isEqualTo(ArbiterLoss.SUSPEND);
        assertThat(least.resync()).isEqualTo(Resync.DEFAULT);
        assertThat(least.replicas().getFirst().address().port()).isEqualTo(8457);

        var node = load("three-nodes.yaml").node("hast-b").orElseThrow();
        assertThat(node.arbiter()).isEqualTo(new NoArbiter());
        assertThat(node.tls()).isEmpty();
        assertThat(node.listen()).containsExactly(new Endpoint("0.0.0.0", 8457));
        assertThat(node.controlSocket()).isEqualTo(Path.of("/run/hast/control.sock"));
        assertThat(node.metricsListen()).contains(new Endpoint("127.0.0.1", 8459));
    }

    @Test
    void leaseArbiterIsReadWithAllItsFieldsAndWithNone() {
        var documents = load("in-a-cluster.yaml");
        var pki = Path.of("/etc/hast");
        assertThat(documents.node("worker1").orElseThrow().arbiter())
                .isEqualTo(
                        new LeaseArbiter(
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty(),
                                Optional.empty()));
        assertThat(documents.node("worker2").orElseThrow().arbiter())
                .isEqualTo(
                        new LeaseArbiter(
                                Optional.of("hast-system"),
                                Optional.of("https://10.0.0.1:6443"),
                                Optional.of(pki.resolve("token")),
                                Optional.of(
                                        new LeaseTls(
                                                Optional.of(pki.resolve("cluster-ca.crt")),
                                                Optional.of(pki.resolve("hastd.crt")),
                                                Optional.of(pki.resolve("hastd.key"))))));
        for (var node : documents.nodes()) {
            var text = DocumentWriter.write(node);
            assertThat(loaded(Documents.parse(Map.of("n", text))).nodes())
                    .as(text)
                    .containsExactly(node);
        }
    }

    @Test
    void nodeFindsItsDocumentByFullHostNameAndByFirstLabel() {
        var documents = load("three-nodes.yaml");
        assertThat(documents.node("hast-c.example.org").orElseThrow().arbiter())
                .isEqualTo(new FileArbiter(Path.of("/run/hast-test/arbiter")));
        assertThat(documents.node("hast-d")).isEmpty();
    }

    @Test
    void jsonExportedFromKubernetesIsReadWithItsStatusLeftAside() {
        assertThat(load("from-kubectl.json").resource("exported").orElseThrow().size())
                .contains(ByteCount.parse("1Gi"));
    }

    @Test
    void directoryIsReadInTheOrderOfNamesAndOtherFilesAreLeftAside(@TempDir Path directory)
            throws IOException {
        for (var name : List.of("b", "a")) {
            Files.writeString(directory.resolve(name + ".yaml"), document(name));
        }
        Files.writeString(directory.resolve("notes.txt"), "not yaml: [");
        Files.writeString(directory.resolve(".swap.yaml"), "not yaml: [");

        var documents = loaded(Documents.load(List.of(directory)));

        assertThat(documents.resources())
                .extracting(ResourceDocument::name)
                .containsExactly("a", "b");
    }

    @Test
    void emptyFileHoldsNoDocuments() {
        assertThat(loaded(Documents.parse(Map.of("empty", "# nothing yet\n"))))
                .isEqualTo(DocumentSet.EMPTY);
    }

    @Test
    void grantTooShortForTheDefaultTimeoutShortensIt() {
        var text = document("r") + "\n  replication: {grantDuration: 900ms}\n";
        var resource = loaded(Documents.parse(Map.of("r", text))).resource("r").orElseThrow();
        assertThat(resource.replication().timeout()).isEqualTo(Duration.ofMillis(600));
    }

    @Test
    void writtenDocumentsReadBackAsEqual() {
        var documents = load("three-nodes.yaml");
        for (var resource : documents.resources()) {
            var text = DocumentWriter.write(resource);
            assertThat(loaded(Documents.parse(Map.of("r", text))).resources())
                    .as(text)
                    .containsExactly(resource);
        }
        for (var node : documents.nodes()) {
            var text = DocumentWriter.write(node);
            assertThat(loaded(Documents.parse(Map.of("n", text))).nodes())
                    .as(text)
                    .containsExactly(node);
        }
        var least = load("least.yaml").resources().getFirst();
        assertThat(loaded(Documents.parse(Map.of("r", DocumentWriter.write(least)))).resources())
                .containsExactly(least);
    }

    @Test
    void scalarsThatYamlCouldMistakeAreQuoted() {
        assertThat(
                        List.of(
                                "true",
                                "1.5",
                                "a b",
                                "",
                                "-",
                                "x: y",
                                "fd00::3",
                                "a\"b\\c\n",
                                "~",
                                "12",
                                "10Gi",
                                "/dev/a"))
                .extracting(DocumentWriter::scalar)
                .containsExactly(
                        "\"true\"",
                        "\"1.5\"",
                        "\"a b\"",
                        "\"\"",
                        "\"-\"",
                        "\"x: y\"",
                        "\"fd00::3\"",
                        "\"a\\\"b\\\\c\\x0a\"",
                        "\"~\"",
                        "12",
                        "10Gi",
                        "/dev/a");
    }

    static String document(String name) {
        return """
        apiVersion: hast.dev/v1alpha1
        kind: HastResource
        metadata: {name: %s}
        spec:
          size: 1Gi
          replicas: [{node: a, provider: /dev/%s, address: 10.0.0.1}]\
        """
                .formatted(name, name);
    }

    private static Replica replica(String node, String host, int port, Optional<String> source) {
        return new Replica(
                node, new ProviderPath("/dev/vg0/database"), new Endpoint(host, port), source);
    }

    private static DocumentSet load(String file) {
        return loaded(Documents.load(List.of(GOOD.resolve(file))));
    }

    private static DocumentSet loaded(LoadOutcome outcome) {
        assertThat(outcome).isInstanceOf(Loaded.class);
        return ((Loaded) outcome).documents();
    }
}
