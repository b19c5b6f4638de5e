package dev.hast.daemon.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class NegotiationTest {
    private static final int SIZE = 1 << 20;
    private static final int FLAGS =
            1 | 1 << 2 | 1 << 3 | 1 << 5 | 1 << 6 | 1 << 8 | 1 << 10 | 1 << 11;

    private EmbeddedClient.Pair pair;
    private EmbeddedClient client;

    @BeforeEach
    void connect() {
        pair = EmbeddedClient.connect(new MemoryVolume(SIZE, 512), ExportLimits.DEFAULT);
        client = pair.client();
    }

    @AfterEach
    void nothingIsLeftBehind() {
        client.channel.close();
        client.channel.finishAndReleaseAll();
        assertThat(pair.buffers().used()).isZero();
        assertThat(pair.export().load().connections()).isZero();
    }

    @Test
    void exportIsListedWithItsDescription() throws IOException {
        client.greet(3);
        List<NbdClient.OptionReply> replies = client.ask(3, Unpooled.EMPTY_BUFFER);
        assertThat(replies).hasSize(2);
        ByteBuf data = replies.getFirst().data();
        assertThat(replies.getFirst().type()).isEqualTo(2);
        assertThat(data.readInt()).isEqualTo(4);
        assertThat(data.toString(java.nio.charset.StandardCharsets.UTF_8)).isEqualTo("demoa demo");
    }

    @Test
    void goTellsSizeFlagsAndBlockSizes() throws IOException {
        client.greet(3);
        List<NbdClient.OptionReply> replies = client.ask(7, NbdClient.goData("demo", 1, 2, 3, 77));
        assertThat(replies).extracting(NbdClient.OptionReply::type).containsExactly(3, 3, 3, 3, 1);
        ByteBuf export = replies.getFirst().data();
        assertThat(export.readShort()).isZero();
        assertThat(export.readLong()).isEqualTo(SIZE);
        assertThat(export.readUnsignedShort()).isEqualTo(FLAGS);
        ByteBuf blocks = replies.get(1).data();
        assertThat(blocks.readShort()).isEqualTo((short) 3);
        assertThat(blocks.readInt()).isEqualTo(512);
        assertThat(blocks.readInt()).isEqualTo(4096);
        assertThat(blocks.readInt()).isEqualTo(32 << 20);
        assertThat(replies.get(2).text()).isEqualTo("\0\1demo");
        assertThat(replies.get(3).text()).isEqualTo("\0\2a demo");
        client.request(3, 0, 9, 0, 0);
        assertThat(client.status(9)).isZero();
    }

    @Test
    void doNotFragmentIsOfferedOnlyWithStructuredReplies() throws IOException {
        client.greet(3);
        client.ask(8, Unpooled.EMPTY_BUFFER);
        ByteBuf export = client.ask(6, NbdClient.goData("")).getFirst().data();
        assertThat(export.getUnsignedShort(10)).isEqualTo(FLAGS | 1 << 7);
    }

    @Test
    void infoLeavesTheClientInTheHandshake() throws IOException {
        client.greet(3);
        assertThat(client.ask(6, NbdClient.goData("demo")).getLast().type()).isEqualTo(1);
        assertThat(client.ask(3, Unpooled.EMPTY_BUFFER)).hasSize(2);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3})
    void exportNameEntersTransmission(int clientFlags) throws IOException {
        client.greet(clientFlags);
        client.option(1, Unpooled.copiedBuffer("demo", java.nio.charset.StandardCharsets.UTF_8));
        ByteBuf reply = client.receive(10);
        assertThat(reply.readLong()).isEqualTo(SIZE);
        assertThat(reply.readUnsignedShort()).isEqualTo(FLAGS);
        if ((clientFlags & 2) == 0) {
            assertThat(client.receive(124)).isEqualTo(Unpooled.wrappedBuffer(new byte[124]));
        }
        client.request(3, 0, 1, 0, 0);
        assertThat(client.status(1)).isZero();
    }

    @Test
    void exportNameOfAnotherExportClosesTheConnection() throws IOException {
        client.greet(3);
        client.option(1, Unpooled.copiedBuffer("other", java.nio.charset.StandardCharsets.UTF_8));
        assertThat(client.closed()).isTrue();
        assertThat(pair.counts().ended(ConnectionEnd.PROTOCOL_VIOLATION)).isEqualTo(1);
    }

    @Test
    void unknownExportIsRefusedByName() throws IOException {
        client.greet(3);
        var reply = client.ask(7, NbdClient.goData("other")).getLast();
        assertThat(reply.type()).isEqualTo(0x80000006);
        assertThat(reply.text()).contains("other");
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 11, 12, 0, -1})
    void optionsThatAreNotSupportedAreAnsweredSo(int option) throws IOException {
        client.greet(3);
        assertThat(client.ask(option, Unpooled.EMPTY_BUFFER).getLast().type())
                .isEqualTo(0x80000001);
        assertThat(client.ask(3, Unpooled.EMPTY_BUFFER)).hasSize(2);
    }

    @Test
    void dataThatAnOptionMustNotHaveIsInvalid() throws IOException {
        client.greet(3);
        for (int option : new int[] {3, 8}) {
            ByteBuf data = Unpooled.wrappedBuffer(new byte[] {1});
            assertThat(client.ask(option, data).getLast().type()).isEqualTo(0x80000003);
        }
    }

    @Test
    void optionWhoseLengthsDisagreeIsInvalid() throws IOException {
        client.greet(3);
        ByteBuf nameBeyondEnd = Unpooled.buffer().writeInt(100).writeShort(0);
        assertThat(client.ask(7, nameBeyondEnd).getLast().type()).isEqualTo(0x80000003);
        ByteBuf tooManyInfos = NbdClient.goData("demo").setShort(8, 5);
        assertThat(client.ask(7, tooManyInfos).getLast().type()).isEqualTo(0x80000003);
        ByteBuf trailing = NbdClient.goData("demo").writeByte(0);
        assertThat(client.ask(7, trailing).getLast().type()).isEqualTo(0x80000003);
        client.ask(8, Unpooled.EMPTY_BUFFER);
        ByteBuf endless = NbdClient.contextData("demo").setInt(8, -1);
        assertThat(client.ask(10, endless).getLast().type()).isEqualTo(0x80000003);
    }

    @Test
    void abortIsAcknowledgedAndCloses() throws IOException {
        client.greet(3);
        assertThat(client.ask(2, Unpooled.EMPTY_BUFFER).getLast().type()).isEqualTo(1);
        assertThat(client.closed()).isTrue();
        assertThat(pair.counts().ended(ConnectionEnd.DISCONNECTED)).isEqualTo(1);
    }

    @Test
    void metadataContextsNeedStructuredReplies() throws IOException {
        client.greet(3);
        assertThat(
                        client.ask(10, NbdClient.contextData("demo", "base:allocation"))
                                .getLast()
                                .type())
                .isEqualTo(0x80000003);
    }

    @Test
    void metadataContextsAreListedAndSelected() throws IOException {
        client.greet(3);
        client.ask(8, Unpooled.EMPTY_BUFFER);
        assertThat(client.ask(9, NbdClient.contextData("demo"))).hasSize(3);
        assertThat(client.ask(9, NbdClient.contextData("demo", "base:"))).hasSize(2);
        assertThat(client.ask(9, NbdClient.contextData("demo", "hast:"))).hasSize(2);
        assertThat(client.ask(9, NbdClient.contextData("demo", "qemu:"))).hasSize(1);
        assertThat(client.ask(10, NbdClient.contextData("demo"))).hasSize(1);
        assertThat(client.ask(10, NbdClient.contextData("demo", "base:"))).hasSize(1);
        var replies = client.ask(10, NbdClient.contextData("demo", "hast:dirty"));
        assertThat(replies.getFirst().text()).isEqualTo("\0\0\0\2hast:dirty");
        assertThat(client.ask(10, NbdClient.contextData("other", "hast:dirty")).getLast().type())
                .isEqualTo(0x80000006);
    }

    @Test
    void contextsOfAnotherNameDoNotHold() throws IOException {
        client.greet(3);
        client.ask(8, Unpooled.EMPTY_BUFFER);
        client.ask(10, NbdClient.contextData("", "base:allocation"));
        client.ask(7, NbdClient.goData("demo"));
        client.request(7, 0, 5, 0, 4096);
        assertThat(client.status(5)).isEqualTo(22);
    }

    @Test
    void handshakeInSingleBytesIsUnderstood() throws IOException {
        client.receive(18);
        ByteBuf all = Unpooled.buffer().writeInt(3);
        all.writeBytes(NbdClient.optionBytes(8, Unpooled.EMPTY_BUFFER));
        all.writeBytes(NbdClient.optionBytes(7, NbdClient.goData("demo")));
        all.writeBytes(NbdClient.requestBytes(1, 0, 3, 512, 512)).writeZero(512);
        while (all.isReadable()) {
            client.send(all.readRetainedSlice(1));
        }
        assertThat(client.optionReply().type()).isEqualTo(1);
        assertThat(client.optionReply().type()).isEqualTo(3);
        assertThat(client.optionReply().type()).isEqualTo(3);
        assertThat(client.optionReply().type()).isEqualTo(1);
        assertThat(client.status(3)).isZero();
    }

    @Test
    void requestsBehindGoInTheSamePacketAreServed() throws IOException {
        client.greet(3);
        ByteBuf all = NbdClient.optionBytes(7, NbdClient.goData("demo"));
        all.writeBytes(NbdClient.requestBytes(3, 0, 1, 0, 0));
        all.writeBytes(NbdClient.requestBytes(3, 0, 2, 0, 0));
        client.send(all);
        client.optionReply();
        client.optionReply();
        client.optionReply();
        assertThat(client.status(1)).isZero();
        assertThat(client.status(2)).isZero();
    }

    @Test
    void unknownClientFlagsCloseTheConnection() throws IOException {
        client.greet(4);
        assertThat(client.closed()).isTrue();
    }

    @Test
    void oversizedOptionClosesTheConnection() throws IOException {
        client.greet(3);
        client.send(
                Unpooled.buffer()
                        .writeLong(NbdClient.OPTION_MAGIC)
                        .writeInt(7)
                        .writeInt(Negotiation.MAX_OPTION + 1));
        assertThat(client.closed()).isTrue();
        assertThat(pair.counts().ended(ConnectionEnd.PROTOCOL_VIOLATION)).isEqualTo(1);
    }
}
