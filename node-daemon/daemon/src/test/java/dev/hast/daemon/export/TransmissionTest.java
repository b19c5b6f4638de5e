package dev.hast.daemon.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class TransmissionTest {
    private static final int SIZE = 1 << 20;
    private static final int READ = 0;
    private static final int WRITE = 1;
    private static final int DISC = 2;
    private static final int FLUSH = 3;
    private static final int TRIM = 4;
    private static final int CACHE = 5;
    private static final int ZERO = 6;
    private static final int STATUS = 7;
    private static final int EINVAL = 22;
    private static final int ENOSPC = 28;

    private final MemoryVolume volume = new MemoryVolume(SIZE, 512);
    private EmbeddedClient.Pair pair;

    private EmbeddedClient client(ExportLimits limits) {
        pair = EmbeddedClient.connect(volume, limits);
        return pair.client();
    }

    private EmbeddedClient simple() throws IOException {
        EmbeddedClient client = client(ExportLimits.DEFAULT);
        client.go("demo");
        return client;
    }

    private EmbeddedClient structured() throws IOException {
        EmbeddedClient client = client(ExportLimits.DEFAULT);
        client.goStructured("demo");
        return client;
    }

    @AfterEach
    void everythingIsGivenBack() {
        if (pair != null) {
            pair.client().channel.close();
            pair.client().channel.runPendingTasks();
            volume.goOn();
            pair.client().channel.finishAndReleaseAll();
            assertThat(pair.buffers().used()).isZero();
            assertThat(pair.export().load()).isEqualTo(new ExportLoad(0, 0, 0, 0));
        }
    }

    private static byte[] pattern(int length, int seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        EmbeddedClient client = simple();
        byte[] data = pattern(8192, 1);
        client.write(0, 1, 4096, data);
        assertThat(client.status(1)).isZero();
        assertThat(volume.bytes(4096, 8192)).isEqualTo(data);
        client.request(READ, 0, 2, 4096, 8192);
        assertThat(client.reply(8192).data()).isEqualTo(Unpooled.wrappedBuffer(data));
    }

    @Test
    void structuredReadBringsDataOrHole() throws IOException {
        EmbeddedClient client = structured();
        byte[] data = pattern(4096, 1);
        client.write(0, 1, 4096, data);
        client.status(1);
        client.request(READ, 0, 2, 4096, 4096);
        var reply = client.reply(0);
        assertThat(reply.type()).isEqualTo(1);
        assertThat(reply.done()).isTrue();
        client.request(READ, 0, 3, 65536, 65536);
        reply = client.reply(0);
        assertThat(reply.type()).isEqualTo(2);
        assertThat(reply.data()).isEqualTo(Unpooled.buffer().writeLong(65536).writeInt(65536));
    }

    @Test
    void longReadIsSplitAtHolesUnlessForbidden() throws IOException {
        EmbeddedClient client = structured();
        byte[] content = new byte[SIZE];
        for (int piece : new int[] {1, 2, 5, 14}) {
            byte[] data = pattern(65536, piece);
            client.write(0, piece, (long) piece << 16, data);
            client.status(piece);
            System.arraycopy(data, 0, content, piece << 16, 65536);
        }
        int offset = 512 * 3;
        int length = SIZE - 4096;
        byte[] expected = Arrays.copyOfRange(content, offset, offset + length);
        assertThat(client.readStructured(0, 77, offset, length)).isEqualTo(expected);
        client.request(READ, 4, 78, offset, length);
        var whole = client.reply(0);
        assertThat(whole.done()).isTrue();
        assertThat(whole.data().skipBytes(8)).isEqualTo(Unpooled.wrappedBuffer(expected));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 0, 1048064, 1024, 22", // READ beyond the end
        "0, 0, 256, 512, 22", // unaligned
        "0, 0, 0, 100, 22",
        "0, 0, 0, 0, 22", // empty
        "0, 0, -512, 512, 22", // offset beyond 2^63
        "0, 0, 0, 33554944, 75", // too long
        "0, 2, 0, 512, 22", // NO_HOLE on READ
        "4, 0, 1048064, 1024, 22",
        "4, 0, 0, 4294966784, 22",
        "5, 0, 1048064, 1024, 22",
        "6, 0, 1048064, 1024, 28",
        "6, 16, 0, 512, 95", // FAST_ZERO
        "6, 4, 0, 512, 22", // DF on WRITE_ZEROES
        "7, 0, 1048064, 1024, 22",
        "3, 0, 512, 0, 22", // FLUSH with an offset
        "3, 2, 0, 0, 22",
        "8, 0, 0, 0, 22", // RESIZE
        "99, 0, 0, 0, 22"
    })
    void requestThatCannotBeServedIsAnsweredWithItsError(
            int type, int flags, long offset, long length, int error) throws IOException {
        EmbeddedClient client = structured();
        client.request(type, flags, 5, offset, length);
        var reply = client.reply(0);
        assertThat(reply.error()).isEqualTo(error);
        assertThat(reply.type()).isEqualTo(0x8001);
        assertThat(reply.data().getUnsignedShort(4)).isEqualTo(reply.data().readableBytes() - 6);
        assertThat(volume.reads + volume.flushes).isZero();
        client.request(FLUSH, 0, 6, 0, 0);
        assertThat(client.status(6)).isZero();
    }

    @Test
    void refusedWriteTakesItsPayloadAway() throws IOException {
        EmbeddedClient client = simple();
        client.write(0, 1, SIZE - 512, pattern(1024, 1));
        assertThat(client.status(1)).isEqualTo(ENOSPC);
        client.write(0, 2, 100, pattern(512, 1));
        assertThat(client.status(2)).isEqualTo(EINVAL);
        client.write(8, 3, 0, pattern(512, 1));
        assertThat(client.status(3)).isEqualTo(EINVAL);
        client.write(0, 4, 0, pattern(512, 1));
        assertThat(client.status(4)).isZero();
        assertThat(volume.writes).isEqualTo(1);
    }

    @Test
    void doNotFragmentNeedsStructuredReplies() throws IOException {
        EmbeddedClient client = simple();
        client.request(READ, 4, 1, 0, 512);
        assertThat(client.status(1)).isEqualTo(EINVAL);
    }

    @Test
    void oversizedWriteClosesTheConnection() throws IOException {
        EmbeddedClient client = simple();
        client.request(WRITE, 0, 1, 0, Nbd.MAX_PAYLOAD + 512L);
        assertThat(client.closed()).isTrue();
        assertThat(pair.counts().ended(ConnectionEnd.PROTOCOL_VIOLATION)).isEqualTo(1);
    }

    @Test
    void wrongMagicClosesTheConnection() throws IOException {
        EmbeddedClient client = simple();
        client.send(Unpooled.buffer().writeZero(28));
        assertThat(client.closed()).isTrue();
        assertThat(pair.counts().ended(ConnectionEnd.PROTOCOL_VIOLATION)).isEqualTo(1);
    }

    @Test
    void forceUnitAccessReachesTheVolume() throws IOException {
        EmbeddedClient client = simple();
        client.write(1, 1, 0, pattern(512, 1));
        client.request(ZERO, 1, 2, 512, 512);
        client.request(TRIM, 1, 3, 512, 512);
        client.request(FLUSH, 1, 4, 0, 0);
        client.request(READ, 1, 5, 0, 512);
        for (int cookie = 1; cookie <= 4; cookie++) {
            assertThat(client.status(cookie)).isZero();
        }
        assertThat(client.reply(512).error()).isZero();
        assertThat(volume.fuas).isEqualTo(3);
        assertThat(volume.flushes).isEqualTo(1);
    }

    @Test
    void zeroingUnmapsUnlessForbidden() throws IOException {
        EmbeddedClient client = simple();
        client.request(ZERO, 2, 1, 0, SIZE);
        assertThat(client.status(1)).isZero();
        assertThat(volume.unmaps).isZero();
        client.request(ZERO, 0, 2, 0, SIZE);
        assertThat(client.status(2)).isZero();
        client.request(TRIM, 0, 3, 0, SIZE);
        assertThat(client.status(3)).isZero();
        assertThat(volume.unmaps).isEqualTo(2);
    }

    @Test
    void cacheSucceeds() throws IOException {
        EmbeddedClient client = simple();
        client.request(CACHE, 0, 1, 0, SIZE);
        assertThat(client.status(1)).isZero();
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1",
        "13, 1",
        "30, 1",
        "5, 5",
        "12, 12",
        "22, 22",
        "28, 28",
        "27, 28",
        "122, 28",
        "95, 95",
        "108, 108",
        "110, 5",
        "4095, 5"
    })
    void errnoOfTheVolumeBecomesAnErrorOfTheProtocol(int errno, int error) throws IOException {
        EmbeddedClient client = structured();
        volume.failWith(errno);
        client.request(READ, 0, 1, 0, 512);
        assertThat(client.status(1)).isEqualTo(error);
        client.write(0, 2, 0, pattern(512, 1));
        assertThat(client.status(2)).isEqualTo(error);
        assertThat(pair.counts().errors.get()).isEqualTo(2);
    }

    @Test
    void blockStatusTellsBothContexts() throws IOException {
        EmbeddedClient client = structured();
        client.write(0, 1, 65536, pattern(65536, 1));
        client.status(1);
        client.request(STATUS, 0, 2, 32768, 256 << 10);
        var allocation = client.reply(0);
        assertThat(allocation.type()).isEqualTo(5);
        assertThat(allocation.done()).isFalse();
        assertThat(allocation.data())
                .isEqualTo(ints(1, 32768, 3, 65536, 0, (256 << 10) - 98304, 3));
        var dirty = client.reply(0);
        assertThat(dirty.done()).isTrue();
        assertThat(dirty.data()).isEqualTo(ints(2, 32768, 0, 65536, 1, (256 << 10) - 98304, 0));
    }

    @Test
    void blockStatusOfOneExtentStopsAtTheFirst() throws IOException {
        EmbeddedClient client = structured();
        client.write(0, 1, 65536, pattern(65536, 1));
        client.status(1);
        client.request(STATUS, 8, 2, 0, SIZE);
        assertThat(client.reply(0).data()).isEqualTo(ints(1, 65536, 3));
        assertThat(client.reply(0).data()).isEqualTo(ints(2, 65536, 0));
        client.request(STATUS, 8, 3, 0, 512);
        assertThat(client.reply(0).data()).isEqualTo(ints(1, 512, 3));
        assertThat(client.reply(0).data()).isEqualTo(ints(2, 512, 0));
    }

    @Test
    void blockStatusWithoutContextIsInvalid() throws IOException {
        EmbeddedClient client = simple();
        client.request(STATUS, 0, 1, 0, 512);
        assertThat(client.status(1)).isEqualTo(EINVAL);
    }

    private static ByteBuf ints(int... values) {
        ByteBuf out = Unpooled.buffer();
        for (int value : values) {
            out.writeInt(value);
        }
        return out;
    }

    @Test
    void repliesComeInTheOrderOfCompletion() throws IOException {
        EmbeddedClient client = simple();
        volume.hold();
        client.write(0, 1, 0, pattern(512, 1));
        client.request(CACHE, 0, 2, 0, 512);
        assertThat(client.status(2)).isZero();
        assertThat(client.unread()).isZero();
        volume.goOn();
        assertThat(client.status(1)).isZero();
    }

    @Test
    void disconnectFinishesWhatIsInFlight() throws IOException {
        EmbeddedClient client = simple();
        volume.hold();
        client.write(0, 1, 0, pattern(512, 1));
        client.request(DISC, 0, 2, 0, 0);
        client.request(FLUSH, 0, 3, 0, 0);
        assertThat(client.closed()).isFalse();
        volume.goOn();
        assertThat(client.status(1)).isZero();
        assertThat(client.closed()).isTrue();
        assertThat(volume.flushes).isZero();
        assertThat(pair.counts().ended(ConnectionEnd.DISCONNECTED)).isEqualTo(1);
    }

    @Test
    void requestOfAVanishedClientKeepsItsBufferUntilTheVolumeIsDone() throws IOException {
        EmbeddedClient client = simple();
        volume.hold();
        client.write(0, 1, 0, pattern(4096, 1));
        client.channel.close();
        client.channel.runPendingTasks();
        assertThat(pair.buffers().used()).isEqualTo(4096);
        assertThat(pair.export().load().requests()).isEqualTo(1);
        volume.goOn();
        assertThat(pair.buffers().used()).isZero();
    }

    @Test
    void halfAPayloadIsDroppedWithItsConnection() throws IOException {
        EmbeddedClient client = simple();
        client.send(NbdClient.requestBytes(WRITE, 0, 1, 0, 8192).writeZero(100));
        assertThat(pair.buffers().used()).isEqualTo(8192);
        client.channel.close();
        client.channel.runPendingTasks();
        assertThat(pair.buffers().used()).isZero();
        assertThat(volume.writes).isZero();
    }

    @Test
    void readingStopsAtTheLimitOfRequestsAndGoesOnBelowIt() throws IOException {
        EmbeddedClient client = client(limits(4, 100, SIZE, SIZE));
        client.go("demo");
        volume.hold();
        for (int cookie = 1; cookie <= 10; cookie++) {
            client.write(0, cookie, 0, pattern(512, cookie));
        }
        assertThat(volume.heldBack()).isEqualTo(4);
        assertThat(client.channel.config().isAutoRead()).isFalse();
        assertThat(pair.counts().waits.get()).isPositive();
        volume.goOn();
        assertThat(cookies(client, 10)).isEqualTo(Set.of(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L));
        assertThat(client.channel.config().isAutoRead()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readingStopsAtTheLimitOfBytes(boolean ofTheExport) throws IOException {
        int much = 16384;
        EmbeddedClient client =
                client(limits(100, 100, ofTheExport ? SIZE : much, ofTheExport ? much : SIZE));
        client.goStructured("demo");
        volume.hold();
        for (int cookie = 1; cookie <= 3; cookie++) {
            client.request(READ, 0, cookie, 0, 8192);
        }
        client.request(READ, 0, 4, 0, SIZE);
        assertThat(volume.heldBack()).isEqualTo(2);
        assertThat(pair.export().load().bytes()).isEqualTo(16384);
        volume.goOn();
        // The fourth is more than the limit, but alone: it is let through.
        assertThat(cookies(client, 4)).isEqualTo(Set.of(1L, 2L, 3L, 4L));
    }

    /// The cookies of so many successful replies.
    private static Set<Long> cookies(EmbeddedClient client, int count) throws IOException {
        Set<Long> cookies = new HashSet<>();
        for (int i = 0; i < count; i++) {
            NbdClient.Reply reply = client.reply(0);
            assertThat(reply.error()).isZero();
            cookies.add(reply.cookie());
        }
        return cookies;
    }

    private static ExportLimits limits(int perConnection, int perExport, long bytes, long all) {
        Duration minute = Duration.ofMinutes(1);
        return new ExportLimits(4, 4, perConnection, perExport, bytes, all, minute, minute, minute);
    }

    @Test
    void closingAnswersWhatIsInFlightAndNothingElse() throws IOException {
        EmbeddedClient client = simple();
        volume.hold();
        client.write(0, 1, 0, pattern(512, 1));
        boolean[] closed = new boolean[1];
        pair.export().close(() -> closed[0] = true);
        client.request(FLUSH, 0, 2, 0, 0);
        assertThat(closed[0]).isFalse();
        volume.goOn();
        assertThat(client.status(1)).isZero();
        assertThat(client.closed()).isTrue();
        assertThat(closed[0]).isTrue();
        assertThat(client.unread()).isZero();
        assertThat(volume.flushes).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void droppedRequestsAreAnsweredOnlyWhenAskedFor(boolean answer) throws IOException {
        EmbeddedClient client = structured();
        volume.hold();
        client.write(0, 1, 0, pattern(512, 1));
        client.request(READ, 0, 2, 0, 512);
        pair.export()
                .drop(
                        answer ? PendingRequests.SHUTDOWN_ERROR : PendingRequests.UNANSWERED,
                        ConnectionEnd.DROPPED);
        assertThat(client.closed()).isTrue();
        if (answer) {
            assertThat(client.status(1)).isEqualTo(108);
            assertThat(client.status(2)).isEqualTo(108);
        }
        assertThat(client.unread()).isZero();
        assertThat(pair.export().load().requests()).isEqualTo(2);
        volume.goOn();
        assertThat(pair.export().load().requests()).isZero();
    }

    @Test
    void handshakesBeyondTheLimitCostTheOldestOne() throws IOException {
        EmbeddedClient client = client(limits(4, 4, SIZE, SIZE));
        client.receive(18);
        List<EmbeddedChannel> others = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            assertThat(client.closed()).isFalse();
            others.add(new EmbeddedChannel());
            pair.export().opened(others.getLast(), null);
        }
        assertThat(client.closed()).isTrue();
        assertThat(pair.counts().ended(ConnectionEnd.TOO_MANY)).isEqualTo(1);
        others.forEach(EmbeddedChannel::finishAndReleaseAll);
    }
}
