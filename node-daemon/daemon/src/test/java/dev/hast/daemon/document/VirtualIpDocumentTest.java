package dev.hast.daemon.document;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.document.DocumentChanges.VirtualIpChange;
import dev.hast.daemon.document.LoadOutcome.Loaded;
import dev.hast.daemon.document.VirtualIpDocument.Authentication;
import dev.hast.daemon.document.VirtualIpDocument.CommandCheck;
import dev.hast.daemon.document.VirtualIpDocument.Election;
import dev.hast.daemon.document.VirtualIpDocument.Holder;
import dev.hast.daemon.document.VirtualIpDocument.Hooks;
import dev.hast.daemon.document.VirtualIpDocument.Key;
import dev.hast.daemon.document.VirtualIpDocument.Link;
import dev.hast.daemon.document.VirtualIpDocument.Mount;
import dev.hast.daemon.document.VirtualIpDocument.OnDuplicate;
import dev.hast.daemon.document.VirtualIpDocument.Probe;
import dev.hast.daemon.document.VirtualIpDocument.Service;
import dev.hast.daemon.document.VirtualIpDocument.Strict;
import dev.hast.daemon.document.VirtualIpDocument.TcpCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class VirtualIpDocumentTest {

    private static final Path GOOD =
            Path.of("src/test/resources/dev/hast/daemon/document/good/virtual-ips.yaml");

    @Test
    void whatIsLeftOutHasItsDefault() {
        assertThat(load().virtualIp("least"))
                .contains(
                        new VirtualIpDocument(
                                "least",
                                List.of(address("192.0.2.9")),
                                new Link(Optional.empty(), false, true, List.of()),
                                List.of(holder("hast-a", 0), holder("hast-b", 0)),
                                new Election(1, 1, Optional.empty(), false, Duration.ZERO),
                                new Authentication(
                                        Path.of("/etc/hast/vip-password"), Optional.empty()),
                                List.of(),
                                OnDuplicate.DEFEND,
                                List.of(),
                                Hooks.NONE,
                                List.of(),
                                List.of()));
    }

    @Test
    void everyFieldIsRead() {
        var read = load().virtualIp("all").orElseThrow();
        assertThat(read.addresses())
                .containsExactly(address("192.0.2.10"), address("2001:db8::10"));
        assertThat(read.link())
                .isEqualTo(
                        new Link(Optional.of("eth0"), true, false, List.of(address("192.0.2.3"))));
        assertThat(read.holders())
                .containsExactly(
                        holder("hast-a", 0),
                        new Holder(
                                "hast-b",
                                100,
                                Optional.of("eth1"),
                                Optional.of(address("192.0.2.2"))));
        assertThat(read.deviceOn("hast-a")).contains("eth0");
        assertThat(read.deviceOn("hast-b")).contains("eth1");
        assertThat(read.election())
                .isEqualTo(
                        new Election(
                                7,
                                2,
                                Optional.of(Duration.ofMillis(100)),
                                true,
                                Duration.ofSeconds(10)));
        assertThat(read.authentication().strict())
                .contains(
                        new Strict(
                                List.of(
                                        new Key(1, Path.of("/etc/hast/k1")),
                                        new Key(2, Path.of("/etc/hast/k2"))),
                                2));
        assertThat(read.follows()).containsExactly("database");
        assertThat(read.onDuplicate()).isEqualTo(OnDuplicate.YIELD);
    }

    @Test
    void everyActionIsRead() {
        var read = load().virtualIp("all").orElseThrow();
        assertThat(read.probes())
                .containsExactly(
                        new Probe(
                                "sql",
                                new TcpCheck(new Endpoint("127.0.0.1", 5432)),
                                Duration.ofMillis(500),
                                Duration.ofMillis(200),
                                2,
                                50),
                        new Probe(
                                "disk",
                                new CommandCheck(List.of("/usr/bin/test", "-e", "/srv")),
                                Duration.ofSeconds(1),
                                Duration.ofSeconds(1),
                                3,
                                240));
        assertThat(read.hooks())
                .isEqualTo(
                        new Hooks(
                                Optional.of(Path.of("/etc/hast/carp")),
                                Optional.of(Path.of("/etc/hast/up")),
                                Optional.of(Path.of("/etc/hast/down")),
                                Duration.ofSeconds(5)));
        assertThat(read.mounts())
                .containsExactly(
                        new Mount(
                                "database",
                                Path.of("/srv/database"),
                                Optional.of("ext4"),
                                "noatime,nodev",
                                false));
        assertThat(read.services())
                .containsExactly(
                        new Service(
                                "postgresql.service",
                                List.of("systemctl", "start", "postgresql.service"),
                                List.of("systemctl", "stop", "postgresql.service"),
                                Duration.ofSeconds(30)),
                        new Service(
                                "/usr/sbin/ganesha",
                                List.of("/usr/sbin/ganesha"),
                                List.of("/bin/kill", "ganesha"),
                                Duration.ofSeconds(5)));
    }

    @Test
    void aReloadSaysWhatChangesForThisNode() throws IOException {
        var before = load();
        var text = Files.readString(GOOD);
        assertThat(DocumentChanges.between(before, load(text), "hast-a").isEmpty()).isTrue();
        var after =
                load(text.replace("{node: hast-a}, ", "").replace("advskew: 100", "advskew: 7"));
        assertThat(DocumentChanges.between(before, after, "hast-a").virtualIps())
                .extracting(VirtualIpChange::name, c -> c.after().isPresent())
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("least", false),
                        org.assertj.core.groups.Tuple.tuple("all", true));
        assertThat(DocumentChanges.between(before, after, "hast-b").virtualIps().getLast().fields())
                .extracting(FieldChange::text)
                .containsExactly(
                        "nodes: hast-a 0, hast-b 100 eth1 192.0.2.2 -> hast-a 0, hast-b 7 eth1 192.0.2.2 (live)");
        assertThat(DocumentChanges.between(before, after, "hast-c").isEmpty()).isTrue();
        assertThat(DocumentChanges.between(after, before, "hast-a").virtualIps())
                .extracting(c -> c.before().isPresent())
                .contains(false);
    }

    private static Holder holder(String node, int advskew) {
        return new Holder(node, advskew, Optional.empty(), Optional.empty());
    }

    private static InetAddress address(String text) {
        return InetAddress.ofLiteral(text);
    }

    private static DocumentSet load() {
        return loaded(Documents.load(List.of(GOOD)));
    }

    private static DocumentSet load(String text) {
        return loaded(Documents.parse(Map.of("text", text)));
    }

    private static DocumentSet loaded(LoadOutcome outcome) {
        assertThat(outcome).isInstanceOf(Loaded.class);
        return ((Loaded) outcome).documents();
    }
}
