package dev.hast.daemon.export;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;

/// A client on a real socket; it blocks.
final class SocketClient extends NbdClient implements AutoCloseable {
    final SocketChannel channel;

    private SocketClient(SocketChannel channel) {
        this.channel = channel;
    }

    static SocketClient connect(Path socket) throws IOException {
        return new SocketClient(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
    }

    static SocketClient connect(SocketAddress address) throws IOException {
        return new SocketClient(SocketChannel.open(address));
    }

    @Override
    void send(ByteBuf bytes) throws IOException {
        ByteBuffer out = bytes.nioBuffer();
        while (out.hasRemaining()) {
            channel.write(out);
        }
    }

    @Override
    ByteBuf receive(int length) throws IOException {
        ByteBuffer in = ByteBuffer.allocate(length);
        while (in.hasRemaining()) {
            if (channel.read(in) < 0) {
                throw new EOFException("the server closed the connection");
            }
        }
        return Unpooled.wrappedBuffer(in.flip());
    }

    @Override
    boolean closed() {
        ByteBuffer rest = ByteBuffer.allocate(4096);
        try {
            while (channel.read(rest.clear()) >= 0) {}
        } catch (IOException reset) {
            return true;
        }
        return true;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
