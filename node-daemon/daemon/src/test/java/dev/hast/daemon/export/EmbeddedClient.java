package dev.hast.daemon.export;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.storage.BlockBuffers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.embedded.EmbeddedChannel;

/// A client whose bytes go straight through the handlers of an export: no socket, no thread, no
/// time.
final class EmbeddedClient extends NbdClient {
    final EmbeddedChannel channel;
    private final ByteBuf received = Unpooled.buffer();

    /// @param export made on the loop of `channel`
    private EmbeddedClient(EmbeddedChannel channel) {
        this.channel = channel;
    }

    /// An export with its one client.
    record Pair(
            Export export, EmbeddedClient client, BlockBuffers buffers, CountingMetrics counts) {}

    static Pair connect(MemoryVolume volume, ExportLimits limits) {
        BlockBuffers buffers = new BlockBuffers(128L << 20);
        CountingMetrics counts = new CountingMetrics();
        Export[] export = new Export[1];
        var channel =
                new EmbeddedChannel(
                        new ChannelInitializer<Channel>() {
                            @Override
                            protected void initChannel(Channel opened) {
                                var settings = new ExportSettings("demo", "a demo", limits);
                                export[0] =
                                        new Export(
                                                opened.eventLoop(),
                                                settings,
                                                volume,
                                                buffers,
                                                counts);
                                export[0].opened(opened, null);
                            }
                        });
        return new Pair(export[0], new EmbeddedClient(channel), buffers, counts);
    }

    @Override
    void send(ByteBuf bytes) {
        channel.writeInbound(bytes);
    }

    @Override
    ByteBuf receive(int length) {
        channel.runPendingTasks();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            received.writeBytes(out);
            out.release();
        }
        assertThat(received.readableBytes())
                .as("bytes from the server")
                .isGreaterThanOrEqualTo(length);
        byte[] bytes = new byte[length];
        received.readBytes(bytes);
        return Unpooled.wrappedBuffer(bytes);
    }

    /// Bytes that the server has sent and nobody has looked at.
    int unread() {
        receive(0);
        return received.readableBytes();
    }

    @Override
    boolean closed() {
        channel.runPendingTasks();
        return !channel.isOpen();
    }
}
