package dev.hast.daemon.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hast.daemon.storage.BlockBuffers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// An export on real sockets: its life, its time-outs, fencing, and its limits.
final class ExportServerIT {
    private static final Duration SHORT = Duration.ofMillis(200);
    private static final Duration LONG = Duration.ofMinutes(5);

    private static LiveExport withTimeouts(Duration handshake, Duration payload, Duration send)
            throws IOException {
        ExportLimits limits =
                new ExportLimits(64, 64, 256, 1024, 32L << 20, 64L << 20, handshake, payload, send);
        return new LiveExport(false, new MemoryVolume(64 << 20, 512), limits);
    }

    @ParameterizedTest(name = "io_uring {0}")
    @ValueSource(booleans = {false, true})
    void payloadsOfEachLengthArriveWhole(boolean ioUring) throws IOException {
        assumeTrue(!ioUring || LiveExport.hasIoUring(), "io_uring is not allowed here");
        try (var export =
                        new LiveExport(
                                ioUring, new MemoryVolume(64 << 20, 512), ExportLimits.DEFAULT);
                var client = export.connect()) {
            client.goStructured("demo");
            Random random = new Random(7);
            int cookie = 1;
            // Small after large and large after small, because the reads of the socket adapt to
            // what came last.
            for (int length : new int[] {512, 65536, 4096, 1 << 20, 1 << 20, 512, 32 << 20, 4096}) {
                byte[] data = new byte[length];
                random.nextBytes(data);
                client.write(0, cookie, 4096, data);
                assertThat(client.status(cookie++)).isZero();
                assertThat(export.onLoop(() -> export.volume.bytes(4096, length))).isEqualTo(data);
                assertThat(client.readStructured(0, cookie++, 4096, length)).isEqualTo(data);
            }
        }
    }

    @Test
    void socketIsForItsOwnerOnlyAndGoesWithTheServer() throws IOException {
        try (var export = LiveExport.epoll()) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(export.socket)))
                    .isEqualTo("rw-------");
            assertThat(export.directory).isDirectoryContaining(export.socket::equals);
            try (var listing = Files.list(export.directory)) {
                assertThat(listing).containsExactly(export.socket);
            }
            export.stop(Duration.ZERO);
            assertThat(export.socket).doesNotExist();
        }
    }

    @Test
    void staleSocketIsReplaced() throws IOException {
        try (var export = LiveExport.epoll()) {
            var stale = export.directory.resolve("stale.sock");
            var old = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            old.bind(UnixDomainSocketAddress.of(stale));
            old.close();
            assertThat(stale).exists();
            export.listen(new ListenAddress.Unix(stale));
            try (var client = SocketClient.connect(stale)) {
                client.go("demo");
            }
        }
    }

    @Test
    void liveSocketIsLeftAlone() throws IOException {
        try (var export = LiveExport.epoll();
                var client = export.connect()) {
            client.go("demo");
            assertThatThrownBy(() -> export.listen(new ListenAddress.Unix(export.socket)))
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("another server listens on " + export.socket);
            client.request(3, 0, 1, 0, 0);
            assertThat(client.status(1)).isZero();
        }
    }

    @Test
    void fileInTheWayIsLeftAlone() throws IOException {
        try (var export = LiveExport.epoll()) {
            var file = Files.createFile(export.directory.resolve("file"));
            assertThatThrownBy(() -> export.listen(new ListenAddress.Unix(file)))
                    .hasMessageContaining("is no socket");
            assertThat(file).exists();
        }
    }

    @Test
    void handshakeThatTakesTooLongIsClosed() throws IOException {
        try (var export = withTimeouts(SHORT, LONG, LONG);
                var silent = export.connect();
                var slow = export.connect()) {
            slow.greet(3);
            assertThat(silent.closed()).isTrue();
            assertThat(slow.closed()).isTrue();
            export.until(
                    "both counted",
                    () -> export.counts.ended(ConnectionEnd.HANDSHAKE_TIMEOUT) == 2);
        }
    }

    @Test
    void payloadThatDoesNotComeIsNotWaitedForForever() throws IOException {
        try (var export = withTimeouts(LONG, SHORT, LONG);
                var stuck = export.connect();
                var idle = export.connect()) {
            idle.go("demo");
            stuck.go("demo");
            stuck.request(1, 0, 1, 0, 4096);
            assertThat(stuck.closed()).isTrue();
            export.until("counted", () -> export.counts.ended(ConnectionEnd.PAYLOAD_TIMEOUT) == 1);
            assertThat(export.buffers.used()).isZero();
            idle.request(3, 0, 1, 0, 0);
            assertThat(idle.status(1)).isZero();
        }
    }

    @Test
    void clientThatDoesNotReadIsBoundedAndThenClosed() throws IOException {
        try (var export = withTimeouts(LONG, LONG, SHORT);
                var deaf = export.connect();
                var other = export.connect()) {
            other.go("demo");
            deaf.go("demo");
            for (int cookie = 0; cookie < 200; cookie++) {
                deaf.request(0, 0, cookie, 0, 1 << 20);
            }
            export.until("counted", () -> export.counts.ended(ConnectionEnd.SEND_TIMEOUT) == 1);
            assertThat(export.counts.finished(Command.READ)).isLessThanOrEqualTo(32);
            export.until("memory is back", () -> export.buffers.used() == 0);
            other.request(3, 0, 1, 0, 0);
            assertThat(other.status(1)).isZero();
        }
    }

    @Test
    void hundredsOfHalfOpenConnectionsKeepNobodyOut() throws IOException {
        try (var export = LiveExport.epoll();
                var early = export.connect()) {
            early.go("demo");
            List<SocketClient> halfOpen = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                halfOpen.add(export.connect());
            }
            try (var late = export.connect()) {
                late.go("demo");
                late.request(3, 0, 1, 0, 0);
                assertThat(late.status(1)).isZero();
            }
            early.request(3, 0, 1, 0, 0);
            assertThat(early.status(1)).isZero();
            assertThat(export.server.load().connections()).isLessThanOrEqualTo(66);
            for (SocketClient client : halfOpen) {
                client.close();
            }
            export.until("all gone", () -> export.server.load().connections() == 1);
        }
    }

    @Test
    void connectionBeyondTheLimitIsToldSo() throws IOException {
        ExportLimits limits =
                new ExportLimits(2, 64, 256, 1024, 32L << 20, 64L << 20, LONG, LONG, LONG);
        try (var export = new LiveExport(false, new MemoryVolume(1 << 20, 512), limits);
                var first = export.connect();
                var second = export.connect();
                var third = export.connect()) {
            first.go("demo");
            second.go("demo");
            third.greet(3);
            var refused = third.ask(7, NbdClient.goData("demo")).getLast();
            assertThat(refused.type()).isEqualTo(0x80000002);
            assertThat(refused.text()).contains("2 connections");
        }
    }

    @Test
    void fenceCutsOffEarlierClientsAndWaitsForTheirRequests() throws IOException {
        try (var export = LiveExport.epoll();
                var old = export.connect();
                var halfOpen = export.connect()) {
            halfOpen.greet(3);
            old.go("demo");
            export.onLoop(export.volume::hold);
            old.write(0, 1, 0, new byte[4096]);
            export.until("the write is with the volume", () -> export.volume.heldBack() == 1);
            assertThat(export.onLoop(export.server::fence)).isEqualTo(1);
            assertThat(old.closed()).isTrue();
            assertThat(halfOpen.closed()).isTrue();
            try (var next = export.connect()) {
                next.greet(3);
                ByteBuf listAndGo = NbdClient.optionBytes(3, Unpooled.EMPTY_BUFFER);
                next.send(listAndGo.writeBytes(NbdClient.optionBytes(7, NbdClient.goData("demo"))));
                assertThat(next.optionReply().type()).isEqualTo(2);
                assertThat(next.optionReply().type()).isEqualTo(1);
                // The list came in the packet that GO was in; after a turn of the loop GO has been
                // read, and not answered.
                export.onLoop(() -> {});
                next.channel.configureBlocking(false);
                assertThat(next.channel.read(ByteBuffer.allocate(1))).isZero();
                next.channel.configureBlocking(true);
                export.onLoop(export.volume::goOn);
                assertThat(next.optionReply().type()).isEqualTo(3);
                assertThat(next.optionReply().type()).isEqualTo(3);
                assertThat(next.optionReply().type()).isEqualTo(1);
                next.request(3, 0, 1, 0, 0);
                assertThat(next.status(1)).isZero();
            }
            assertThat(export.counts.ended(ConnectionEnd.FENCED)).isEqualTo(2);
        }
    }

    @Test
    void clientThatClaimsAGenerationFencesEarlierOnes() throws IOException {
        try (var export = LiveExport.epoll();
                var first = export.connect();
                var partner = export.connect();
                var second = export.connect();
                var late = export.connect()) {
            first.go("demo@3");
            partner.go("demo@3");
            first.request(3, 0, 1, 0, 0);
            assertThat(first.status(1)).isZero();
            second.go("demo@4");
            assertThat(first.closed()).isTrue();
            assertThat(partner.closed()).isTrue();
            late.greet(3);
            var refused = late.ask(7, NbdClient.goData("demo@3")).getLast();
            assertThat(refused.type()).isEqualTo(0x80000002);
            assertThat(refused.text()).contains("3").contains("replaced by 4");
            second.request(3, 0, 2, 0, 0);
            assertThat(second.status(2)).isZero();
            assertThat(export.server.load().generation()).isEqualTo(4);
        }
    }

    @Test
    void claimThatWasOvertakenWhileItWaitedIsRefused() throws IOException {
        try (var export = LiveExport.epoll();
                var old = export.connect();
                var overtaken = export.connect();
                var latest = export.connect()) {
            old.go("demo");
            export.onLoop(export.volume::hold);
            old.write(0, 1, 0, new byte[4096]);
            export.until("the write is with the volume", () -> export.volume.heldBack() == 1);
            overtaken.greet(3);
            overtaken.option(7, NbdClient.goData("demo@1"));
            export.until("1 has begun", () -> export.server.load().generation() == 1);
            latest.greet(3);
            latest.option(7, NbdClient.goData("demo@2"));
            export.until("2 has begun", () -> export.server.load().generation() == 2);
            export.onLoop(export.volume::goOn);
            assertThat(overtaken.optionReply().type()).isEqualTo(0x80000002);
            assertThat(overtaken.ask(3, Unpooled.EMPTY_BUFFER)).hasSize(2);
            assertThat(latest.optionReply().type()).isEqualTo(3);
            assertThat(latest.optionReply().type()).isEqualTo(3);
            assertThat(latest.optionReply().type()).isEqualTo(1);
        }
    }

    @Test
    void requestsWaitForMemoryThatOthersHold() throws IOException {
        try (var export = LiveExport.epoll();
                var client = export.connect()) {
            client.go("demo");
            List<ByteBuf> others = new ArrayList<>();
            for (long left = export.buffers.limit(); left > 0; left -= BlockBuffers.CHUNK_SIZE) {
                others.add(export.buffers.allocate(BlockBuffers.CHUNK_SIZE));
            }
            client.write(0, 1, 0, new byte[4096]);
            client.request(5, 0, 2, 0, 512);
            export.until("it waits", () -> export.counts.waits.get() > 0);
            assertThat(export.server.load().requests()).isZero();
            others.forEach(ByteBuf::release);
            assertThat(client.status(1)).isZero();
            assertThat(client.status(2)).isZero();
        }
    }

    @Test
    void orderlyCloseAnswersWhatIsInFlight() throws IOException {
        try (var export = LiveExport.epoll();
                var client = export.connect()) {
            client.go("demo");
            export.onLoop(export.volume::hold);
            client.write(0, 1, 0, new byte[4096]);
            export.until("the write is with the volume", () -> export.volume.heldBack() == 1);
            var closed = export.onLoop(() -> export.server.close(LONG));
            assertThat(closed.isDone()).isFalse();
            assertThatThrownBy(export::connect).isInstanceOf(IOException.class);
            export.onLoop(export.volume::goOn);
            assertThat(client.status(1)).isZero();
            assertThat(client.closed()).isTrue();
            assertThat(closed.awaitUninterruptibly(30_000)).isTrue();
        }
    }

    @Test
    void closeDoesNotWaitLongerThanItsGrace() throws IOException {
        try (var export = LiveExport.epoll();
                var client = export.connect()) {
            client.go("demo");
            export.onLoop(export.volume::hold);
            client.write(0, 1, 0, new byte[4096]);
            export.until("the write is with the volume", () -> export.volume.heldBack() == 1);
            export.stop(SHORT);
            assertThat(client.closed()).isTrue();
            assertThat(export.server.load().requests()).isEqualTo(1);
            export.onLoop(export.volume::goOn);
            assertThat(export.server.load().requests()).isZero();
        }
    }

    @Test
    void droppedClientMayComeAgain() throws IOException {
        try (var export = LiveExport.epoll();
                var client = export.connect()) {
            client.go("demo");
            export.onLoop(() -> export.server.dropConnections(PendingRequests.UNANSWERED));
            assertThat(client.closed()).isTrue();
            try (var again = export.connect()) {
                again.go("demo");
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void garbageHurtsNobodyElse(long seed) throws IOException {
        Random random = new Random(seed);
        try (var export = LiveExport.epoll();
                var good = export.connect()) {
            good.goStructured("demo");
            byte[] data = new byte[65536];
            random.nextBytes(data);
            good.write(0, 1, 0, data);
            assertThat(good.status(1)).isZero();
            for (int i = 0; i < 60; i++) {
                try (var bad = export.connect()) {
                    sendGarbage(bad, random);
                } catch (IOException closedEarly) {
                    assertThat(closedEarly).isNotNull();
                }
            }
            export.until("only one left", () -> export.server.load().connections() == 1);
            assertThat(good.readStructured(0, 2, 0, data.length)).isEqualTo(data);
            good.close();
            export.until("all gone", () -> export.server.load().connections() == 0);
            assertThat(export.buffers.used()).isZero();
            assertThat(export.counts.ended(ConnectionEnd.PROTOCOL_VIOLATION)).isPositive();
        }
    }

    /// Noise in each phase: as the greeting's answer, as an option, truncated options, as a
    /// request; never a valid write.
    private static void sendGarbage(SocketClient bad, Random random) throws IOException {
        byte[] noise = new byte[1 + random.nextInt(5000)];
        random.nextBytes(noise);
        switch (random.nextInt(5)) {
            case 0 -> bad.channel.write(ByteBuffer.wrap(noise));
            case 1 -> {
                bad.greet(3);
                bad.channel.write(ByteBuffer.wrap(noise));
            }
            case 2 -> {
                bad.greet(3);
                ByteBuf option = NbdClient.optionBytes(random.nextInt(12), NbdClient.goData("x"));
                bad.send(option.slice(0, random.nextInt(option.readableBytes())));
            }
            case 3 -> {
                bad.greet(3);
                ByteBuf option = NbdClient.optionBytes(random.nextInt(12), NbdClient.goData("x"));
                option.setInt(12, random.nextInt());
                bad.send(option);
            }
            default -> {
                bad.go("demo");
                noise[0] = 1;
                bad.channel.write(ByteBuffer.wrap(noise));
            }
        }
        if (random.nextBoolean()) {
            bad.channel.shutdownOutput();
            bad.closed();
        }
    }
}
