package dev.hast.daemon.replication;

import dev.hast.core.replication.Message;
import dev.hast.core.replication.Operation;
import dev.hast.daemon.document.Checksum;
import dev.hast.daemon.document.Compression;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.timeout.IdleState;
import io.netty.handler.timeout.IdleStateEvent;
import org.jspecify.annotations.Nullable;

/// One connection between the replicas of a resource on two nodes. Everything sent on it arrives in
/// order, or the link breaks.
///
/// Lives on one event loop. What is sent goes out when the loop has done what it has at hand, so
/// that many small frames share a system call.
public final class Link {

    /// A silent link is closed after this; both sides say something more often.
    static final int SILENCE_SECONDS_MAX = 5;

    static final int KEEPALIVE_SECONDS = 1;

    private String resource;
    private final String localNode;
    private final Channel channel;
    private final Payload payload = new Payload();
    private final FrameDecoder decoder;
    private final Opening opening;
    private final Runnable flushTask;
    private @Nullable LinkListener listener;
    private @Nullable String peerNode;
    private boolean up;
    private boolean down;
    private boolean flushScheduled;
    private String downCause = "the peer closed the connection";

    /// How a link gets to know whose it is: by dialling a peer, or by being dialled.
    interface Opening {
        /// The connection stands (after TLS).
        void connected(Link link);

        /// The peer has named itself. Calls [Link#open] or [Link#broken].
        void greeted(Link link, LinkGreeting greeting);

        /// The link ended before it was open.
        void failed(Link link, String cause);
    }

    Link(String resource, String localNode, Channel channel, LinkBuffers buffers, Opening opening) {
        this.resource = resource;
        this.localNode = localNode;
        this.channel = channel;
        this.opening = opening;
        this.decoder = new FrameDecoder(this, buffers.blocks(), payload);
        this.flushTask =
                () -> {
                    flushScheduled = false;
                    channel.flush();
                };
        channel.pipeline().addLast("frames", decoder).addLast("life", new Life());
    }

    public String resource() {
        return resource;
    }

    /// The node at the other end; known once the link is up.
    public String peerNode() {
        return String.valueOf(peerNode);
    }

    Channel channel() {
        return channel;
    }

    LinkListener listener() {
        if (listener == null) {
            throw new IllegalStateException("the link is not open");
        }
        return listener;
    }

    void greet(String to) {
        final ByteBuf frame = frame(256);
        new LinkGreeting(Frames.VERSION, Frames.FEATURES, resource, localNode, to).encode(frame);
        send(frame, FrameType.LINK);
    }

    /// Answers a greeting: the link is for this resource from here on.
    void answer(LinkGreeting greeting) {
        resource = greeting.resource();
        greet(greeting.from());
    }

    void open(String peer, LinkListener itsListener) {
        peerNode = peer;
        listener = itsListener;
        up = true;
        decoder.greeted();
        itsListener.linkUp(this);
    }

    // --- sending ---

    /// Sends a write. `data` is retained until it is on its way; null for zeroes.
    public void sendWrite(
            Operation operation,
            long epoch,
            long watermark,
            @Nullable ByteBuf data,
            Checksum checksum,
            Compression compression) {
        if (down) {
            return;
        }
        final int kind =
                switch (operation.kind()) {
                    case WRITE -> 0;
                    case ZERO -> 1;
                    case COPY -> 2;
                    case READ, FLUSH ->
                            throw new IllegalArgumentException(operation + " is no write");
                };
        final ByteBuf frame = frame(Frames.FIXED_BYTES);
        frame.writeLongLE(epoch).writeLongLE(operation.sequence()).writeLongLE(watermark);
        frame.writeLongLE(operation.offset()).writeIntLE(operation.length());
        final int flags = (operation.fua() ? 1 : 0) | (operation.mayUnmap() ? 2 : 0);
        sendBlock(
                frame,
                FrameType.WRITE,
                kind,
                flags,
                0,
                data,
                operation.length(),
                checksum,
                compression);
    }

    public void sendReadReply(
            long id, int result, @Nullable ByteBuf data, int length, Checksum checksum) {
        if (down) {
            return;
        }
        final ByteBuf frame = frame(Frames.FIXED_BYTES);
        frame.writeLongLE(0).writeLongLE(id).writeLongLE(0).writeLongLE(0).writeIntLE(length);
        sendBlock(
                frame,
                FrameType.READ_REPLY,
                0,
                0,
                result,
                data,
                length,
                checksum,
                Compression.HOLE);
    }

    private void sendBlock(
            ByteBuf frame,
            FrameType type,
            int kind,
            int flags,
            int result,
            @Nullable ByteBuf data,
            int length,
            Checksum checksum,
            Compression compression) {
        int encoding = Payload.HOLE;
        int payloadLength = 0;
        ByteBuf body = null;
        int checksumKind = Payload.CHECKSUM_NONE;
        if (data != null && result >= 0) {
            checksumKind = Payload.code(checksum);
            digest(checksumKind, data, length);
            final ByteBuf encoded = channel.alloc().directBuffer(0);
            encoding = payload.encode(compression, data, length, encoded);
            if (encoding == Payload.PLAIN) {
                encoded.release();
                body = data.retainedSlice(0, length);
                payloadLength = length;
            } else {
                body = encoded;
                payloadLength = encoded.readableBytes();
            }
        }
        frame.writeIntLE(payloadLength)
                .writeByte(kind)
                .writeByte(flags)
                .writeByte(encoding)
                .writeByte(checksumKind);
        frame.writeIntLE(result);
        frame.writeLongLE(checksumKind == Payload.CHECKSUM_NONE ? 0 : payload.first());
        frame.writeLongLE(checksumKind == Payload.CHECKSUM_NONE ? 0 : payload.second());
        Frames.finish(frame, 0, type, Frames.FIXED_BYTES, payloadLength);
        channel.write(frame, channel.voidPromise());
        if (body != null) {
            if (payloadLength > 0) {
                channel.write(body, channel.voidPromise());
            } else {
                body.release();
            }
        }
        flushSoon();
    }

    private void digest(int kind, ByteBuf data, int length) {
        try {
            payload.digest(kind, data, length);
        } catch (FrameException e) {
            throw new IllegalStateException(e);
        }
    }

    public void sendConfirm(long epoch, long sequence, boolean written) {
        if (!down) {
            final ByteBuf frame = frame(17);
            frame.writeLongLE(epoch).writeLongLE(sequence).writeBoolean(written);
            send(frame, FrameType.CONFIRM);
        }
    }

    public void send(Message message) {
        if (!down) {
            final ByteBuf frame = frame(64);
            MessageCodec.encode(message, frame);
            send(frame, MessageCodec.typeOf(message));
        }
    }

    private ByteBuf frame(int expected) {
        return channel.alloc()
                .directBuffer(Frames.HEADER_BYTES + expected)
                .writeZero(Frames.HEADER_BYTES);
    }

    private void send(ByteBuf frame, FrameType type) {
        Frames.finish(frame, 0, type, frame.writerIndex() - Frames.HEADER_BYTES, 0);
        channel.write(frame, channel.voidPromise());
        flushSoon();
    }

    private void flushSoon() {
        if (!flushScheduled) {
            flushScheduled = true;
            channel.eventLoop().execute(flushTask);
        }
    }

    // --- receiving ---

    void control(FrameType type, ByteBuf body) throws FrameException {
        switch (type) {
            case LINK -> {
                if (up) {
                    throw new FrameException("the link was opened twice");
                }
                opening.greeted(this, LinkGreeting.decode(body));
            }
            case REFUSED -> broken("refused by the peer: " + refusal(body));
            case KEEPALIVE -> {}
            case CONFIRM -> {
                if (body.readableBytes() != 17) {
                    throw new FrameException(
                            "a confirmation of " + body.readableBytes() + " bytes");
                }
                listener().confirm(this, body.readLongLE(), body.readLongLE(), body.readBoolean());
            }
            default -> listener().message(this, MessageCodec.decode(type, body));
        }
    }

    private static String refusal(ByteBuf body) {
        try {
            return MessageCodec.getString(body);
        } catch (IndexOutOfBoundsException e) {
            return "without a cause";
        }
    }

    void readComplete() {
        // Confirmations made while reading leave together.
        if (flushScheduled) {
            channel.flush();
        }
    }

    // --- the end ---

    /// Closes the link; the listener hears `cause`.
    public void close(String cause) {
        if (!down) {
            downCause = cause;
            channel.flush();
            channel.close();
        }
    }

    /// Tells the peer why, and closes.
    void refuse(String cause) {
        final ByteBuf frame = frame(256);
        MessageCodec.putString(frame, cause);
        send(frame, FrameType.REFUSED);
        close(cause);
    }

    /// The peer broke the protocol, or this side must give up.
    void broken(String cause) {
        close(cause);
    }

    private void ended() {
        if (down) {
            return;
        }
        down = true;
        if (up) {
            listener().linkDown(this, downCause);
        } else {
            opening.failed(this, downCause);
        }
    }

    private final class Life extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext context) {
            // Behind TLS, what is written now leaves when the handshake is done.
            opening.connected(Link.this);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            ended();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof IdleStateEvent idle) {
                if (idle.state() == IdleState.READER_IDLE) {
                    close(
                            up
                                    ? "nothing was heard for " + SILENCE_SECONDS_MAX + " seconds"
                                    : "the peer did not name itself");
                } else if (up) {
                    send(frame(0), FrameType.KEEPALIVE);
                }
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            close(String.valueOf(cause.getMessage() == null ? cause : cause.getMessage()));
        }
    }
}
