package dev.hast.daemon.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hast.daemon.Await;
import dev.hast.daemon.metrics.Metric;
import dev.hast.daemon.network.Segment;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two nodes on one segment that hold an address in turn, and a third host that asks for it.
final class VirtualIpIT {
    private static final String V4 = "10.83.0.100";
    private static final int CLIENT = 3;

    @TempDir private Path directory;

    private final List<GroupNode> nodes = new ArrayList<>();
    private Segment segment;

    @BeforeEach
    void threeHosts() throws Exception {
        segment = Segment.create(3);
        Files.writeString(directory.resolve("password"), "secret\n");
        Files.writeString(directory.resolve("k1"), "0123456789abcdef\n");
        Files.writeString(directory.resolve("k2"), "fedcba9876543210\n");
    }

    @AfterEach
    void away() {
        nodes.forEach(GroupNode::close);
        segment.close();
    }

    /// @param more lines of `spec`, in one line of YAML each
    private Path documents(final String file, final String... more) throws IOException {
        final StringBuilder text =
                new StringBuilder(
                        """
                        apiVersion: hast.dev/v1alpha1
                        kind: VirtualIP
                        metadata: {name: g}
                        spec:
                          addresses: [%s]
                          vhid: 7
                          advertisementInterval: 200ms
                          nodes: [{node: a, advskew: 0}, {node: b, advskew: 100}]
                          passwordFile: %s
                        """
                                .formatted(V4, directory.resolve("password")));
        for (final String line : more) {
            text.append("  ").append(line).append('\n');
        }
        return Files.writeString(directory.resolve(file), text.toString());
    }

    private GroupNode node(final int host, final String name, final Path documents)
            throws IOException {
        final GroupNode node = new GroupNode(segment, host, name, documents, directory);
        nodes.add(node);
        return node;
    }

    /// Node `a` holds, node `b` waits.
    private void running(final Path documents) throws IOException {
        node(1, "a", documents).awaitMaster();
        node(2, "b", documents).awaitSaid("INIT BACKUP");
    }

    private GroupNode a() {
        return nodes.getFirst();
    }

    private GroupNode b() {
        return nodes.get(1);
    }

    private String everything() {
        return a().said() + "\n" + b().said();
    }

    private boolean answers() throws Exception {
        return segment.reaches(CLIENT, V4);
    }

    private String mac(final int host) throws IOException {
        return segment.on(host, "cat", "/sys/class/net/eth0/address").strip();
    }

    private String learnt() throws IOException {
        return segment.on(CLIENT, "ip", "neigh", "show", "to", V4);
    }

    @Test
    void theSuccessorOfAKilledHolderAnswersAndItsLeftOverIsRemovedAtItsStart() throws Exception {
        running(documents("d.yaml"));
        assertThat(answers()).isTrue();
        a().kill();
        b().awaitMaster();
        assertThat(answers()).isTrue();
        assertThat(learnt()).contains(mac(2));
        a().restart();
        a().awaitSaid("removed what an earlier daemon has left");
        a().awaitSaid("INIT BACKUP");
        Await.until("gone from the first", () -> !a().hasAddress(V4), this::everything);
        assertThat(b().hasAddress(V4)).isTrue();
        b().end();
        a().awaitMaster();
        assertThat(b().hasAddress(V4)).isFalse();
        assertThat(segment.on(2, "nft", "list", "tables")).isBlank();
    }

    @Test
    void neighboursKeepTheVirtualHardwareAddressAndItsInterfaceIsOnTheHolderAlone()
            throws Exception {
        final String mac = "00:00:5e:00:01:07";
        running(documents("d.yaml", "virtualMac: true"));
        assertThat(answers()).isTrue();
        assertThat(learnt()).contains(mac);
        segment.on(1, "sh", "-c", "ip link del $(ls /sys/class/net | grep ^hastv7-)");
        Await.until("it is made again", () -> a().hasAddress(V4), this::everything);
        assertThat(answers()).isTrue();
        assertThat(a().hasLeft()).as(this::everything).isFalse();
        a().kill();
        b().awaitMaster();
        assertThat(answers()).isTrue();
        assertThat(learnt()).contains(mac);
        a().restart();
        a().awaitSaid("INIT BACKUP");
        assertThat(a().hasAddress(V4)).isFalse();
        assertThat(segment.on(1, "ls", "/sys/class/net")).doesNotContain("hastv");
        segment.on(CLIENT, "ip", "neigh", "flush", "all");
        assertThat(answers()).isTrue();
        b().end();
        a().awaitMaster();
        assertThat(segment.on(2, "ls", "/sys/class/net")).doesNotContain("hastv");
        assertThat(answers()).isTrue();
        assertThat(learnt()).contains(mac);
    }

    /// Both are primary of what is followed, as far as they know: only who is told what is shown.
    @Test
    void theClientsOfAHolderThatIsGoneAreToldByTheNextOneThatTheirConnectionIsGone()
            throws Exception {
        final Path documents = documents("d.yaml", "follows: [r]");
        Files.writeString(
                documents,
                """
                ---
                apiVersion: hast.dev/v1alpha1
                kind: HastResource
                metadata: {name: r}
                spec:
                  replicas:
                    - {node: a, provider: /r, address: 10.83.0.1}
                    - {node: b, provider: /r, address: 10.83.0.2}
                """,
                StandardOpenOption.APPEND);
        running(documents);
        final InetAddress address = InetAddress.getByName(V4);
        try (ServerSocket server = segment.in(1, () -> new ServerSocket(7777, 5, address));
                Socket client = segment.in(CLIENT, () -> new Socket(address, 7777));
                Socket accepted = server.accept()) {
            final Path note = directory.resolve("connections g");
            Await.until(
                    "the others know of the client",
                    () -> {
                        try {
                            return ConnectionNote.decode(Files.readAllBytes(note)).stream()
                                    .anyMatch(c -> c.remotePort() == client.getLocalPort());
                        } catch (final IOException e) {
                            return false;
                        }
                    },
                    this::everything);
            a().kill();
            segment.on(1, "ip", "link", "set", "eth0", "down");
            b().awaitMaster();
            client.setSoTimeout(30_000);
            assertThatThrownBy(() -> client.getInputStream().read())
                    .as(this::everything)
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
            assertThat(accepted.isClosed()).isFalse();
        }
        Await.until(
                "it is counted",
                () -> {
                    b().order("metrics");
                    return b().hasSaid("hast_address_tickles_total{address=\"g\"} 1");
                },
                this::everything);
    }

    @Test
    void aHolderThatIsFrozenAndWakesIsBackupAndTheOtherKeepsTheAddress() throws Exception {
        running(documents("d.yaml"));
        a().signal("STOP");
        b().awaitMaster();
        assertThat(answers()).isTrue();
        a().signal("CONT");
        a().awaitSaid("MASTER BACKUP");
        Await.until("gone from the first", () -> !a().hasAddress(V4), this::everything);
        assertThat(b().hasLeft()).isFalse();
        segment.on(CLIENT, "ip", "neigh", "flush", "all");
        assertThat(answers()).isTrue();
        assertThat(learnt()).contains(mac(2));
    }

    @Test
    void aSecondDaemonOnANodeIsRefusedAndTheFirstGoesOn() throws Exception {
        running(documents("d.yaml"));
        node(1, "a", directory.resolve("d.yaml"))
                .awaitSaid("another hastd has the service addresses of this network namespace");
        assertThat(a().hasAddress(V4)).isTrue();
        assertThat(answers()).isTrue();
        assertThat(a().hasLeft()).as(this::everything).isFalse();
    }

    @Test
    void anAddressThatAnotherProgramRemovesComesBack() throws Exception {
        running(documents("d.yaml"));
        segment.on(1, "ip", "addr", "del", V4 + "/32", "dev", "eth0");
        a().awaitSaid("another program removed " + V4 + "; it is back");
        assertThat(a().hasAddress(V4)).isTrue();
        assertThat(answers()).isTrue();
        assertThat(a().hasLeft()).isFalse();
    }

    private void claimedByAStranger() throws IOException {
        segment.on(CLIENT, "ip", "addr", "add", V4 + "/24", "dev", "eth0");
        segment.on(
                CLIENT,
                "python3",
                "-c",
                """
                import socket
                s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
                s.bind(('eth0', 0x806))
                mac = s.getsockname()[4]
                ip = socket.inet_aton('10.83.0.100')
                s.send(b'\\xff' * 6 + mac + bytes.fromhex('08060001080006040001') + mac + ip + bytes(6) + ip)
                """);
    }

    @Test
    void aForeignClaimIsDefended() throws Exception {
        running(documents("d.yaml", "onDuplicate: defend"));
        claimedByAStranger();
        a().awaitSaid("notice " + V4 + " is claimed by " + mac(CLIENT));
        assertThat(a().order("status")).contains("duplicate", "VIRTUAL_IP_STATE_MASTER");
    }

    @Test
    void aForeignClaimIsYieldedToAndNotAnnouncedOver() throws Exception {
        running(documents("d.yaml", "onDuplicate: yield"));
        claimedByAStranger();
        a().awaitSaid("MASTER BACKUP: the guard could not be renewed: " + V4 + " is claimed by");
        Await.until("gone", () -> !a().hasAddress(V4), this::everything);
        // The stranger answers the next one's question.
        b().awaitSaid("MASTER BACKUP: the guard could not be renewed: " + V4 + " is claimed by");
        assertThat(b().hasAddress(V4)).isFalse();
    }

    @Test
    void vrrpWithTheSameIdAndAWrongPasswordAreShown() throws Exception {
        Files.writeString(directory.resolve("other"), "another\n");
        final Path wrong = documents("wrong.yaml", "preempt: false");
        Files.writeString(
                wrong,
                Files.readString(wrong)
                        .replace(
                                directory.resolve("password").toString(),
                                directory.resolve("other").toString()));
        node(1, "a", documents("d.yaml")).awaitMaster();
        node(2, "b", wrong).awaitSaid("an advert was refused");
        Await.until(
                "the warning",
                () -> b().order("status").contains("another password"),
                this::everything);
        segment.on(
                CLIENT,
                "python3",
                "-c",
                """
                import socket
                s = socket.socket(socket.AF_INET, socket.SOCK_RAW, 112)
                s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
                s.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton('10.83.0.3'))
                s.sendto(bytes([0x21, 7, 100, 1, 0, 1, 0, 0]) + bytes(12), ('224.0.0.18', 0))
                """);
        Await.until(
                "the warning of VRRP",
                () -> a().order("status").contains("VRRP is spoken"),
                this::everything);
    }

    private Path strict(final String file, final String keys) throws IOException {
        return documents(
                file,
                "authentication: strict",
                keys.replace("k1", directory + "/k1").replace("k2", directory + "/k2"));
    }

    @Test
    void keysAreRolledOverWithoutAGap() throws Exception {
        final Path documents = strict("d.yaml", "keys: [{id: 1, file: k1}]");
        running(documents);
        for (final String keys :
                List.of(
                        "keys: [{id: 1, file: k1}, {id: 2, file: k2}]",
                        "keys: [{id: 2, file: k2}, {id: 1, file: k1}]",
                        "keys: [{id: 2, file: k2}]")) {
            strict("d.yaml", keys);
            for (final GroupNode node : nodes) {
                assertThat(node.order("reload")).doesNotContain("state_reason: \"stopped\"");
            }
        }
        final String status = b().order("status");
        assertThat(status).doesNotContain("unknown-key").doesNotContain("signature");
        assertThat(a().hasLeft()).as(a().said()).isFalse();
        assertThat(b().hasSaid("BACKUP PROMOTING: ")).as(b().said()).isFalse();
    }

    @Test
    void aReloadOfSkewAndPreemptKeepsTheAddressAndOfThePasswordGivesItUpAndBeginsAnew()
            throws Exception {
        final Path documents = documents("d.yaml");
        node(1, "a", documents).awaitMaster();
        documents("d.yaml", "preempt: true", "hooks: {exec: /bin/true}");
        Files.writeString(
                documents,
                Files.readString(documents)
                        .replace("{node: a, advskew: 0}", "{node: a, advskew: 42}"));
        assertThat(a().order("reload")).contains("advskew: 42", "VIRTUAL_IP_STATE_MASTER");
        assertThat(a().hasLeft()).isFalse();
        Files.writeString(directory.resolve("password"), "changed\n");
        a().order("reload");
        a().awaitSaid("MASTER INIT: stopped");
        Await.until("held again", () -> a().count("PROMOTING MASTER") == 2, a()::said);
        assertThat(answers()).isTrue();
        assertThat(a().hasAddress(V4)).isTrue();
    }

    @Test
    void anAddressThatIsTakenOutOfTheDocumentsIsGuardedNoMore() throws Exception {
        final Path documents = documents("d.yaml");
        node(1, "a", documents).awaitMaster();
        Files.writeString(documents, Files.readString(documents).replace(V4, "10.83.0.101"));
        a().order("reload");
        Await.until("held again", () -> a().count("PROMOTING MASTER") == 2, a()::said);
        assertThat(a().hasAddress(V4)).isFalse();
        assertThat(a().hasAddress("10.83.0.101")).isTrue();
        segment.on(1, "ip", "addr", "add", V4 + "/24", "dev", "eth0");
        assertThat(answers()).as("somebody else's now").isTrue();
    }

    @Test
    void anInterfaceThatIsMadeAnewIsHeldOnAgain() throws Exception {
        node(1, "a", documents("d.yaml", "interface: eth0")).awaitMaster();
        segment.on(1, "ip", "link", "del", "eth0");
        a().awaitSaid("hardware interface down");
        segment.plugIn(1, "p9");
        segment.on(1, "ip", "link", "set", "eth0", "up");
        segment.on(1, "ip", "addr", "add", Segment.ipv4(1) + "/24", "dev", "eth0");
        Await.until("held again", () -> a().count("PROMOTING MASTER") == 2, a()::said);
        Await.until("answers", this::answers, a()::said);
    }

    @Test
    void metricsTellWhoHoldsAndWhy() throws Exception {
        running(documents("d.yaml"));
        a().order("metrics");
        b().order("metrics");
        for (final Metric metric : Metric.values()) {
            if (metric.text().matches("hast_(address|advert).*")) {
                assertThat(a().hasSaid("# TYPE " + metric.text() + " ")).as(metric.text()).isTrue();
            }
        }
        assertThat(a().hasSaid("hast_address_held{address=\"g\"} 1")).isTrue();
        assertThat(a().hasSaid("hast_address_state{address=\"g\",state=\"master\"} 1")).isTrue();
        assertThat(a().hasSaid("hast_addresses_guarded 1")).isTrue();
        assertThat(
                        a().hasSaid(
                                        "hast_address_transitions_total{address=\"g\",from=\"backup\",to=\"promoting\",reason=\"master-timed-out\"} 1"))
                .isTrue();
        assertThat(b().hasSaid("hast_address_held{address=\"g\"} 0")).isTrue();
    }

    private static long received(GroupNode node) {
        final String status;
        try {
            status = node.order("status");
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return Pattern.compile("adverts_received: ([0-9]+)")
                .matcher(status)
                .results()
                .mapToLong(found -> Long.parseLong(found.group(1)))
                .findFirst()
                .orElse(0);
    }

    private List<String> downs() {
        try {
            final Path file = directory.resolve("downs");
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (final IOException e) {
            return List.of(e.toString());
        }
    }

    @Test
    void aPlannedLeaveIsFollowedAtOnceAndDownRunsOnce() throws Exception {
        final Path hook = directory.resolve("down");
        Files.writeString(hook, "#!/bin/sh\necho $* >> " + directory.resolve("downs") + "\n");
        assertThat(hook.toFile().setExecutable(true)).isTrue();
        running(documents("d.yaml", "hooks: {down: " + hook + "}"));
        Await.until(
                "down at the start of both",
                () -> downs().size() == 2,
                () -> everything() + downs());
        // Who has just started listens for three seconds and claims nothing: 15 adverts of 200 ms.
        Await.until(
                "the second node has listened for long enough",
                () -> received(b()) >= 20,
                this::everything);
        a().end();
        assertThat(downs()).hasSize(3);
        b().awaitMaster();
        assertThat(b().hasSaid("BACKUP PROMOTING: master left")).as(b().said()).isTrue();
        assertThat(answers()).isTrue();
    }
}
