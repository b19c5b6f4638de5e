package dev.hast.daemon.replication;

import dev.hast.core.replication.Message;
import dev.hast.daemon.storage.BlockBuffers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A link without a socket: what it sends are bytes, and bytes are what it is fed with.
final class LoopedLink implements LinkListener, Link.Opening {

    /// What a link has delivered, comparable.
    record Delivered(FrameType type, List<Object> fields, @Nullable Message message) {}

    final BlockBuffers buffers = new BlockBuffers(64L << 20);
    final EmbeddedChannel channel = unregistered();
    final Link link = new Link("demo", "b", channel, new LinkBuffers(buffers), this);
    final List<Delivered> delivered = new ArrayList<>();
    final List<Throwable> thrown = new ArrayList<>();
    @Nullable LinkGreeting greeting;
    @Nullable Refusal refusal;
    String cause = "";

    private static EmbeddedChannel unregistered() {
        return new EmbeddedChannel(false, false);
    }

    private LoopedLink() {
        // Between the decoder and what ends the link: an exception here is one that the decoder did
        // not mean.
        channel.pipeline()
                .addAfter(
                        "frames",
                        "thrown",
                        new ChannelInboundHandlerAdapter() {
                            @Override
                            public void exceptionCaught(
                                    ChannelHandlerContext context, Throwable cause) {
                                thrown.add(cause);
                                context.fireExceptionCaught(cause);
                            }
                        });
        try {
            channel.register();
            channel.freezeTime();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    static LoopedLink unnamed() {
        return new LoopedLink();
    }

    static LoopedLink open() {
        final LoopedLink made = new LoopedLink();
        made.link.open("a", made);
        return made;
    }

    /// The bytes of what has been sent since the last call.
    byte[] sent() {
        channel.runPendingTasks();
        final ByteBuf all = Unpooled.buffer();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
            all.writeBytes(out);
            out.release();
        }
        return ByteBufUtil.getBytes(all);
    }

    LoopedLink receive(byte[] bytes) {
        return receive(bytes, bytes.length);
    }

    /// In pieces of `piece` bytes, as a network may bring them.
    LoopedLink receive(byte[] bytes, int piece) {
        for (int at = 0; at < bytes.length && channel.isOpen(); at += piece) {
            channel.writeInbound(
                    Unpooled.copiedBuffer(bytes, at, Math.min(piece, bytes.length - at)));
        }
        channel.runPendingTasks();
        return this;
    }

    /// Ends it; says how many bytes of buffers did not come home.
    long end() {
        channel.close();
        channel.runPendingTasks();
        sent();
        return buffers.used();
    }

    @Override
    public void connected(Link opened) {}

    @Override
    public void greeted(Link opened, LinkGreeting itsGreeting) {
        greeting = itsGreeting;
    }

    @Override
    public void failed(Link failed, Refusal itsRefusal, String itsCause) {
        refusal = itsRefusal;
        cause = itsCause;
    }

    @Override
    public void broken(Link broken, Refusal itsRefusal, String itsCause) {
        refusal = itsRefusal;
        cause = itsCause;
    }

    @Override
    public void linkUp(Link up) {}

    @Override
    public void linkDown(Link down, String itsCause) {
        cause = itsCause;
    }

    @Override
    public void message(Link from, Message message) {
        delivered.add(new Delivered(MessageCodec.typeOf(message), List.of(), message));
    }

    @Override
    public void note(Link from, String topic, byte[] note) {
        delivered.add(
                new Delivered(
                        FrameType.NOTE, List.of(topic, HexFormat.of().formatHex(note)), null));
    }

    @Override
    public void write(Link from, WriteFrame frame, @Nullable ByteBuf data) {
        delivered.add(
                new Delivered(
                        FrameType.WRITE,
                        List.of(
                                frame.kind(),
                                frame.epoch(),
                                frame.sequence(),
                                frame.watermark(),
                                frame.offset(),
                                frame.length(),
                                frame.fua(),
                                frame.mayUnmap(),
                                text(data, frame.length())),
                        null));
    }

    @Override
    public void confirm(Link from, long epoch, long sequence, boolean written) {
        delivered.add(new Delivered(FrameType.CONFIRM, List.of(epoch, sequence, written), null));
    }

    @Override
    public void readReply(Link from, long id, int result, @Nullable ByteBuf data, int length) {
        delivered.add(
                new Delivered(
                        FrameType.READ_REPLY,
                        List.of(id, result, length, text(data, length)),
                        null));
    }

    private static String text(@Nullable ByteBuf data, int length) {
        if (data == null) {
            return "nothing";
        }
        final String text = ByteBufUtil.hexDump(data, 0, length);
        data.release();
        return text;
    }
}
