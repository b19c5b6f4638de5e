package dev.hast.daemon.export;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The client's half of the protocol, spelled out independently of the server's constants where a
/// mistake there would hide itself.
abstract class NbdClient {
    static final long OPTION_MAGIC = 0x49484156454F5054L;
    static final int ACK = 1;

    /// A reply to an option.
    record OptionReply(int option, int type, ByteBuf data) {
        String text() {
            return data.toString(StandardCharsets.UTF_8);
        }
    }

    /// A reply of the transmission phase, one chunk of it where it is structured.
    record Reply(boolean structured, int flags, int type, int error, long cookie, ByteBuf data) {
        boolean done() {
            return !structured || (flags & 1) != 0;
        }
    }

    abstract void send(ByteBuf bytes) throws IOException;

    abstract ByteBuf receive(int length) throws IOException;

    /// True when the server has closed the connection; reads up to there.
    abstract boolean closed() throws IOException;

    void greet(int clientFlags) throws IOException {
        ByteBuf greeting = receive(18);
        assertThat(greeting.readLong()).isEqualTo(0x4e42444d41474943L);
        assertThat(greeting.readLong()).isEqualTo(OPTION_MAGIC);
        assertThat(greeting.readUnsignedShort()).isEqualTo(3);
        send(Unpooled.buffer().writeInt(clientFlags));
    }

    static ByteBuf optionBytes(int option, ByteBuf data) {
        return Unpooled.buffer()
                .writeLong(OPTION_MAGIC)
                .writeInt(option)
                .writeInt(data.readableBytes())
                .writeBytes(data);
    }

    void option(int option, ByteBuf data) throws IOException {
        send(optionBytes(option, data));
    }

    OptionReply optionReply() throws IOException {
        ByteBuf head = receive(20);
        assertThat(head.readLong()).isEqualTo(0x3e889045565a9L);
        int option = head.readInt();
        int type = head.readInt();
        return new OptionReply(option, type, receive(head.readInt()));
    }

    /// All replies up to the final one.
    List<OptionReply> ask(int option, ByteBuf data) throws IOException {
        option(option, data);
        List<OptionReply> replies = new ArrayList<>();
        do {
            replies.add(optionReply());
        } while (replies.getLast().type() > ACK);
        return replies;
    }

    static ByteBuf goData(String name, int... infos) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        ByteBuf data = Unpooled.buffer().writeInt(text.length).writeBytes(text);
        data.writeShort(infos.length);
        for (int info : infos) {
            data.writeShort(info);
        }
        return data;
    }

    static ByteBuf contextData(String name, String... queries) {
        byte[] text = name.getBytes(StandardCharsets.UTF_8);
        ByteBuf data = Unpooled.buffer().writeInt(text.length).writeBytes(text);
        data.writeInt(queries.length);
        for (String query : queries) {
            data.writeInt(query.length()).writeBytes(query.getBytes(StandardCharsets.UTF_8));
        }
        return data;
    }

    /// Into the transmission phase the short way.
    void go(String name) throws IOException {
        greet(3);
        assertThat(ask(7, goData(name)).getLast().type()).isEqualTo(ACK);
    }

    /// Into the transmission phase with structured replies and both metadata contexts.
    void goStructured(String name) throws IOException {
        greet(3);
        assertThat(ask(8, Unpooled.EMPTY_BUFFER).getLast().type()).isEqualTo(ACK);
        assertThat(ask(10, contextData(name, "base:allocation", "hast:dirty"))).hasSize(3);
        assertThat(ask(7, goData(name, 3)).getLast().type()).isEqualTo(ACK);
    }

    static ByteBuf requestBytes(int type, int flags, long cookie, long offset, long length) {
        return Unpooled.buffer()
                .writeInt(0x25609513)
                .writeShort(flags)
                .writeShort(type)
                .writeLong(cookie)
                .writeLong(offset)
                .writeInt((int) length);
    }

    void request(int type, int flags, long cookie, long offset, long length) throws IOException {
        send(requestBytes(type, flags, cookie, offset, length));
    }

    void write(int flags, long cookie, long offset, byte[] data) throws IOException {
        send(requestBytes(1, flags, cookie, offset, data.length).writeBytes(data));
    }

    /// @param simpleData bytes that follow a successful simple reply
    Reply reply(int simpleData) throws IOException {
        int magic = receive(4).readInt();
        if (magic == 0x67446698) {
            ByteBuf head = receive(12);
            int error = head.readInt();
            long cookie = head.readLong();
            ByteBuf data = error == 0 ? receive(simpleData) : Unpooled.EMPTY_BUFFER;
            return new Reply(false, 0, 0, error, cookie, data);
        }
        assertThat(magic).isEqualTo(0x668e33ef);
        ByteBuf head = receive(16);
        int flags = head.readUnsignedShort();
        int type = head.readUnsignedShort();
        long cookie = head.readLong();
        ByteBuf data = receive(head.readInt());
        int error = type == 0x8001 ? data.getInt(0) : 0;
        return new Reply(true, flags, type, error, cookie, data);
    }

    /// A whole answer that brings no data: its error, 0 for success.
    int status(long cookie) throws IOException {
        Reply reply = reply(0);
        assertThat(reply.cookie()).isEqualTo(cookie);
        assertThat(reply.done()).isTrue();
        return reply.error();
    }

    /// Reads with structured replies and puts the chunks together.
    byte[] readStructured(int flags, long cookie, long offset, int length) throws IOException {
        request(0, flags, cookie, offset, length);
        byte[] result = new byte[length];
        int covered = 0;
        Reply chunk;
        do {
            chunk = reply(0);
            assertThat(chunk.cookie()).isEqualTo(cookie);
            int at = (int) (chunk.data().readLong() - offset);
            if (chunk.type() == 1) {
                int part = chunk.data().readableBytes();
                chunk.data().readBytes(result, at, part);
                covered += part;
            } else {
                assertThat(chunk.type()).isEqualTo(2);
                covered += chunk.data().readInt();
            }
        } while (!chunk.done());
        assertThat(covered).isEqualTo(length);
        return result;
    }
}
