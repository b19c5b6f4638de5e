package dev.hast.daemon.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.hast.control.v1.AddReplicaRequest;
import dev.hast.control.v1.ControlGrpc;
import dev.hast.control.v1.ControlGrpc.ControlBlockingStub;
import dev.hast.control.v1.CreateRequest;
import dev.hast.control.v1.DescribeRequest;
import dev.hast.control.v1.DumpRequest;
import dev.hast.control.v1.Event;
import dev.hast.control.v1.HandOverRequest;
import dev.hast.control.v1.PauseRequest;
import dev.hast.control.v1.ReplicaStatus;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.ResyncRequest;
import dev.hast.control.v1.Role;
import dev.hast.control.v1.SetRoleRequest;
import dev.hast.control.v1.StartVerifyRequest;
import dev.hast.control.v1.Statistics;
import dev.hast.control.v1.StatusRequest;
import dev.hast.control.v1.StopVerifyRequest;
import dev.hast.control.v1.WatchEventsRequest;
import dev.hast.control.v1.WatchStatusRequest;
import dev.hast.daemon.document.Endpoint;
import dev.hast.daemon.document.NodeDocument.TlsFiles;
import dev.hast.daemon.pki.CertificateAuthority;
import dev.hast.daemon.pki.LiveTls;
import dev.hast.daemon.pki.NodeTls;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Requests through a real unix socket, and through TCP with mutual TLS.
final class ControlServerTest {

    private final FakeTarget target = new FakeTarget();
    private final MultiThreadIoEventLoopGroup loop =
            new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final List<ManagedChannel> channels = new ArrayList<>();

    @TempDir private Path directory;

    private Path socket;
    private ControlServer server;

    @BeforeEach
    void start() throws IOException {
        socket = directory.resolve("control.sock");
        server = ControlServer.start(target, socket, ControlMetrics.NONE);
    }

    @AfterEach
    void stop() {
        channels.forEach(ManagedChannel::shutdownNow);
        server.close();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }

    @Test
    void socketIsForItsOwnerAloneAndVanishesAtTheEnd() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
                .isEqualTo("rw-------");
        try (var files = Files.list(directory)) {
            assertThat(files).containsExactly(socket);
        }
        server.close();
        assertThat(socket).doesNotExist();
    }

    @Test
    void secondDaemonOnTheSameSocketIsRefusedAndTheFirstGoesOn() {
        assertThatThrownBy(() -> ControlServer.start(target, socket, ControlMetrics.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("another daemon answers on " + socket);
        assertThat(local().describe(DescribeRequest.getDefaultInstance()).getNode())
                .isEqualTo("hast-a");
    }

    @Test
    void socketThatAKilledDaemonLeftIsReplaced() throws IOException {
        var stale = directory.resolve("stale.sock");
        try (var killed = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            killed.bind(UnixDomainSocketAddress.of(stale));
        }
        assertThat(stale).exists();
        try (var next = ControlServer.start(target, stale, ControlMetrics.NONE)) {
            assertThat(next).isNotNull();
        }
    }

    @Test
    void directoryThatCannotBeMadeIsNamed() throws IOException {
        Files.writeString(directory.resolve("file"), "");
        assertThatThrownBy(() ->
                        ControlServer.start(
                                target,
                                directory.resolve("file/control.sock"),
                                ControlMetrics.NONE))
                .isInstanceOf(IOException.class)
                .hasMessageContaining(directory.resolve("file").toString());
    }

    @Test
    void reasonsBecomeTheirCodesAndTheMessageStaysWhatItWas() {
        assertRefused(
                Status.Code.NOT_FOUND,
                "no resource x on node hast-a",
                () -> local().getStatus(StatusRequest.newBuilder().addNames("x").build()));
        assertRefused(
                Status.Code.FAILED_PRECONDITION,
                "/dev/da1 holds an ext4 file system; use --force to overwrite it",
                () -> local().create(CreateRequest.newBuilder().setName("r").build()));
        assertRefused(
                Status.Code.ABORTED,
                "a verify runs already",
                () -> local().startVerify(StartVerifyRequest.newBuilder().setName("r").build()));
        assertRefused(
                Status.Code.UNAVAILABLE,
                "no peer answers",
                () -> local().resync(ResyncRequest.newBuilder().setName("r").build()));
        assertRefused(
                Status.Code.DEADLINE_EXCEEDED,
                "not done in time",
                () -> local().handOver(HandOverRequest.newBuilder().setName("r").build()));
    }

    @Test
    void faultOfTheDaemonIsSaidToBeOneWithoutItsInsides() {
        assertRefused(
                Status.Code.INTERNAL,
                "a fault of the daemon, IllegalStateException; its log says more",
                () -> local().stopVerify(StopVerifyRequest.newBuilder().setName("r").build()));
    }

    @Test
    void requestsThatMakeNoSenseDoNotReachTheTarget() {
        assertRefused(
                Status.Code.INVALID_ARGUMENT,
                "no resource is named; name one",
                () -> local().dump(DumpRequest.getDefaultInstance()));
        assertRefused(
                Status.Code.INVALID_ARGUMENT,
                "\"../etc\" is not the name of a resource; names are lower-case letters, digits, - and ., 63 at most",
                () -> local().dump(DumpRequest.newBuilder().setName("../etc").build()));
        assertRefused(
                Status.Code.INVALID_ARGUMENT,
                "no role is given; give init, primary or secondary",
                () -> local().setRole(SetRoleRequest.getDefaultInstance()));
        assertRefused(
                Status.Code.INVALID_ARGUMENT,
                "\"dev/da1\" is not an absolute path; write it from the root",
                () ->
                        local().addReplica(
                                        AddReplicaRequest.newBuilder()
                                                .setName("r")
                                                .setNode("n")
                                                .setProvider("dev/da1")
                                                .build()));
        assertRefused(
                Status.Code.INVALID_ARGUMENT,
                "\"a:b:c\" is not host:port such as [fd00::1]:8457 (IPv6 stands in brackets)",
                () ->
                        local().addReplica(
                                        AddReplicaRequest.newBuilder()
                                                .setName("r")
                                                .setNode("n")
                                                .setProvider("/dev/da1")
                                                .setAddress("a:b:c")
                                                .build()));
    }

    @Test
    void slowRequestKeepsNoOtherWaiting() throws Exception {
        var slow =
                ControlGrpc.newFutureStub(channel(socket))
                        .pause(PauseRequest.newBuilder().setName("r").build());
        assertThat(local().describe(DescribeRequest.getDefaultInstance()).getNode())
                .isEqualTo("hast-a");
        assertThat(slow.isDone()).isFalse();
        target.pauseMayEnd.countDown();
        assertThat(slow.get(30, TimeUnit.SECONDS)).isNotNull();
    }

    @Test
    void watchOfTheStatusGivesAllThenOnlyWhatChanged() {
        target.put(resource("one", Role.ROLE_PRIMARY, 0));
        target.put(resource("two", Role.ROLE_SECONDARY, 0));
        var updates =
                local().watchStatus(WatchStatusRequest.newBuilder().setIntervalMs(50).build());

        var first = updates.next();
        assertThat(first.getComplete()).isTrue();
        assertThat(first.getNode()).isEqualTo("hast-a");
        assertThat(first.getChangedList())
                .extracting(ResourceStatus::getName)
                .containsExactly("one", "two");

        target.put(resource("one", Role.ROLE_PRIMARY, 1000)); // statistics alone are no change
        target.put(resource("two", Role.ROLE_PRIMARY, 0));
        var second = updates.next();
        assertThat(second.getComplete()).isFalse();
        assertThat(second.getChangedList())
                .extracting(ResourceStatus::getName)
                .containsExactly("two");

        target.remove("one");
        assertThat(updates.next().getRemovedList()).containsExactly("one");
    }

    @Test
    void watchWithCountersTakesStatisticsForAChange() {
        target.put(resource("one", Role.ROLE_PRIMARY, 0));
        var updates =
                local().watchStatus(
                                WatchStatusRequest.newBuilder()
                                        .setIntervalMs(50)
                                        .setCounters(true)
                                        .build());
        updates.next();
        target.put(resource("one", Role.ROLE_PRIMARY, 1000));
        assertThat(updates.next().getChanged(0).getStatistics().getReads()).isEqualTo(1000);
    }

    @Test
    void watchOfAnUnknownResourceIsRefused() {
        var updates = local().watchStatus(WatchStatusRequest.newBuilder().addNames("x").build());
        assertRefused(Status.Code.NOT_FOUND, "no resource x on node hast-a", updates::hasNext);
    }

    @Test
    void eventsAreRememberedFollowedAndFiltered() {
        target.events().append(event("one", "connect"));
        target.events().append(event("two", "connect"));
        var events =
                local().watchEvents(
                                WatchEventsRequest.newBuilder()
                                        .setAfterSequence(0)
                                        .addNames("one")
                                        .build());
        assertThat(events.next().getSequence()).isEqualTo(1);
        target.events().append(event("two", "role"));
        target.events().append(event("one", "syncstart"));
        var next = events.next();
        assertThat(next.getKind()).isEqualTo("syncstart");
        assertThat(next.getSequence()).isEqualTo(4);
    }

    @Test
    void eventLogHoldsTheLastOnes() {
        var log = new EventLog(3);
        for (int i = 0; i < 10; i++) {
            log.append(event("r", "role"));
        }
        assertThat(log.after(0)).extracting(Event::getSequence).containsExactly(8L, 9L, 10L);
        assertThat(log.after(9)).hasSize(1);
        assertThat(log.last()).isEqualTo(10);
    }

    @Test
    void overTheNetworkNodesMayLookAndOnlyTheAdministratorMayAct() throws IOException {
        var authority =
                CertificateAuthority.create(
                        directory.resolve("pki"), "test", InstantSource.system());
        for (var name : List.of("hast-a", "hast-b", "admin")) {
            authority.issue(name, List.of(), Duration.ofDays(1));
        }
        int port = server.listen(new Endpoint("127.0.0.1", freePort()), new LiveTls(tls("hast-a")));

        var node = network(port, "hast-b");
        assertThat(node.describe(DescribeRequest.getDefaultInstance()).getNode())
                .isEqualTo("hast-a");
        var dump = DumpRequest.newBuilder().setName("r").build();
        assertRefused(
                Status.Code.PERMISSION_DENIED,
                "the certificate of \"hast-b\" may only look; ask on that node itself, or use one named admin"
                        + " (hastctl pki node admin)",
                () -> node.dump(dump));
        assertThat(network(port, "admin").dump(dump).getResource()).isEqualTo("r");

        server.stopListening();
        assertThat(local().dump(dump).getResource()).isEqualTo("r");
    }

    private static int freePort() throws IOException {
        try (var probe = new ServerSocket(0)) {
            return probe.getLocalPort();
        }
    }

    private ControlBlockingStub network(int port, String name) throws IOException {
        var channel =
                NettyChannelBuilder.forAddress(new InetSocketAddress("127.0.0.1", port))
                        .sslContext(tls(name).controlClient("hast-a"))
                        .build();
        channels.add(channel);
        return ControlGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
    }

    private NodeTls tls(String name) throws IOException {
        var pki = directory.resolve("pki");
        return NodeTls.load(
                new TlsFiles(
                        pki.resolve("ca.crt"),
                        pki.resolve(name + ".crt"),
                        pki.resolve(name + ".key"),
                        Optional.of(pki.resolve("crl.pem"))),
                InstantSource.system());
    }

    private ControlBlockingStub local() {
        return ControlGrpc.newBlockingStub(channel(socket)).withDeadlineAfter(30, TimeUnit.SECONDS);
    }

    private ManagedChannel channel(Path path) {
        var channel =
                NettyChannelBuilder.forAddress(
                                UnixDomainSocketAddress.of(path),
                                InsecureChannelCredentials.create())
                        .channelType(NioDomainSocketChannel.class, UnixDomainSocketAddress.class)
                        .eventLoopGroup(loop)
                        .overrideAuthority("localhost")
                        .build();
        channels.add(channel);
        return channel;
    }

    private static ResourceStatus resource(String name, Role role, long reads) {
        return ResourceStatus.newBuilder()
                .setName(name)
                .setRole(role)
                .setStatistics(Statistics.newBuilder().setReads(reads))
                .addReplicas(
                        ReplicaStatus.newBuilder().setNode("hast-b").setGrantRemainingMs(reads))
                .build();
    }

    private static Event event(String resource, String kind) {
        return Event.newBuilder().setResource(resource).setKind(kind).build();
    }

    private static void assertRefused(Status.Code code, String message, Callable<?> request) {
        var refusal = catchThrowableOfType(StatusRuntimeException.class, request::call);
        assertThat(refusal.getStatus().getCode()).isEqualTo(code);
        assertThat(refusal.getStatus().getDescription()).isEqualTo(message);
    }
}
