package dev.hast.daemon.replication;

import dev.hast.core.replication.Message;
import dev.hast.core.replication.Operation;
import dev.hast.daemon.document.Checksum;
import dev.hast.daemon.document.Compression;
import dev.hast.daemon.pki.LiveTls;
import dev.hast.daemon.pki.NodeTls;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.DecoderException;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One connection between the replicas of a resource on two nodes. Everything sent on it arrives in
/// order, or the link breaks.
///
/// Lives on one event loop. What is sent goes out when the loop has done what it has at hand, so
/// that many small frames share a system call.
public final class Link {

    /// How often a link looks whether something was heard, and says something if nothing else was
    /// said.
    static final int LOOK_MILLIS = 500;

    /// A link on which nothing was heard for so many looks is closed. Shorter than a grant (by
    /// default), so that a new primary doesn't take its dead predecessor for one that is there.
    static final int SILENT_LOOKS_MAX = 4;

    /// Within this a peer names itself: a handshake may take its time.
    static final int NAMING_SECONDS_MAX = 5;

    private static final String UNNAMED =
            "it did not name itself within " + NAMING_SECONDS_MAX + " seconds";

    private String resource;
    private final String localNode;
    private final Channel channel;
    private final Payload payload = new Payload();
    private final FrameDecoder decoder;
    private final Opening opening;
    private final LinkOutput output;
    private int silentLooks;
    private @Nullable ScheduledFuture<?> watching;
    private @Nullable LinkListener listener;
    private @Nullable String peerNode;
    private int kindAndFlags;
    private boolean up;
    private boolean closing;
    private boolean down;
    private String downCause = "the peer closed the connection";
    private Refusal downBy = Refusal.CLOSED;
    private @Nullable Future<?> namingLimit;

    /// How a link gets to know whose it is: by dialling a peer, or by being dialled.
    interface Opening {
        /// The connection stands (after TLS).
        void connected(Link link);

        /// The peer has named itself. Calls [Link#open] or [Link#broken].
        void greeted(Link link, LinkGreeting greeting);

        /// The link ended before it was open.
        void failed(Link link, Refusal refusal, String cause);

        /// The open link was ended because of what the peer sent; [LinkListener#linkDown] follows.
        void broken(Link link, Refusal refusal, String cause);
    }

    Link(String resource, String localNode, Channel channel, LinkBuffers buffers, Opening opening) {
        this.resource = resource;
        this.localNode = localNode;
        this.channel = channel;
        this.opening = opening;
        this.decoder = new FrameDecoder(this, buffers.blocks(), payload);
        this.output = new LinkOutput(channel);
        channel.pipeline().addLast("frames", decoder).addLast("life", new Life());
    }

    public String resource() {
        return resource;
    }

    /// The node at the other end; known once the link is up.
    public String peerNode() {
        return String.valueOf(peerNode);
    }

    /// What was sent to the peer and waits for the network, in bytes as they go out.
    public long queuedBytes() {
        return output.queuedBytes();
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
        final int start = output.begin();
        new LinkGreeting(Frames.VERSION, Frames.FEATURES, resource, localNode, to)
                .encode(output.frame());
        send(start, FrameType.LINK);
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
        named();
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
        final int start = output.begin();
        output.frame()
                .writeLongLE(epoch)
                .writeLongLE(operation.sequence())
                .writeLongLE(watermark)
                .writeLongLE(operation.offset())
                .writeIntLE(operation.length());
        kindAndFlags = kind | ((operation.fua() ? 1 : 0) | (operation.mayUnmap() ? 2 : 0)) << 8;
        sendBlock(start, FrameType.WRITE, 0, data, operation.length(), checksum, compression);
    }

    public void sendReadReply(
            long id, int result, @Nullable ByteBuf data, int length, Checksum checksum) {
        if (down) {
            return;
        }
        final int start = output.begin();
        output.frame()
                .writeLongLE(0)
                .writeLongLE(id)
                .writeLongLE(0)
                .writeLongLE(0)
                .writeIntLE(length);
        kindAndFlags = 0;
        sendBlock(start, FrameType.READ_REPLY, result, data, length, checksum, Compression.HOLE);
    }

    private void sendBlock(
            int start,
            FrameType type,
            int result,
            @Nullable ByteBuf data,
            int length,
            Checksum checksum,
            Compression compression) {
        int encoding = Payload.HOLE;
        int payloadLength = 0;
        ByteBuf body = null;
        ByteBuf encoded = null;
        int checksumKind = Payload.CHECKSUM_NONE;
        if (data != null && result >= 0) {
            checksumKind = Payload.code(checksum);
            digest(checksumKind, data, length);
            final boolean compressed =
                    compression == Compression.LZ4 || compression == Compression.ZSTD;
            encoded = compressed ? channel.alloc().directBuffer() : Unpooled.EMPTY_BUFFER;
            encoding = payload.encode(compression, data, length, encoded);
            body = encoding == Payload.PLAIN ? data : encoded;
            payloadLength = encoding == Payload.PLAIN ? length : encoded.readableBytes();
        }
        final ByteBuf frame = output.frame();
        frame.writeIntLE(payloadLength)
                .writeShortLE(kindAndFlags)
                .writeByte(encoding)
                .writeByte(checksumKind);
        frame.writeIntLE(result);
        frame.writeLongLE(checksumKind == Payload.CHECKSUM_NONE ? 0 : payload.first());
        frame.writeLongLE(checksumKind == Payload.CHECKSUM_NONE ? 0 : payload.second());
        Frames.finish(frame, start, type, Frames.FIXED_BYTES, payloadLength);
        if (body != null && payloadLength > 0) {
            output.payload(body, payloadLength);
        }
        if (encoded != null) {
            encoded.release();
        }
        output.sent(type == FrameType.WRITE);
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
            final int start = output.begin();
            output.frame().writeLongLE(epoch).writeLongLE(sequence).writeBoolean(written);
            send(start, FrameType.CONFIRM);
        }
    }

    /// Sends a note to another part of the peer's daemon; the newest of a topic is what counts.
    ///
    /// @param note what [Frames#NOTE_BYTES_MAX] leaves beside the topic
    public void sendNote(String topic, byte[] note) {
        if (!down) {
            final int start = output.begin();
            MessageCodec.putString(output.frame(), topic);
            output.frame().writeBytes(note);
            send(start, FrameType.NOTE);
        }
    }

    public void send(Message message) {
        if (!down) {
            final int start = output.begin();
            MessageCodec.encode(message, output.frame());
            send(start, MessageCodec.typeOf(message));
        }
    }

    private void send(int start, FrameType type) {
        final ByteBuf frame = output.frame();
        Frames.finish(frame, start, type, frame.writerIndex() - start - Frames.HEADER_BYTES, 0);
        output.sent(false);
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
            case REFUSED -> close("refused by the peer: " + refusal(body));
            case KEEPALIVE -> {}
            case CONFIRM -> {
                if (body.readableBytes() != 17) {
                    throw new FrameException(
                            "a confirmation of " + body.readableBytes() + " bytes");
                }
                listener().confirm(this, body.readLongLE(), body.readLongLE(), body.readBoolean());
            }
            case NOTE -> note(body);
            case WRITE, READ_REPLY -> throw new IllegalStateException(type + " has a payload");
            case HELLO,
                    REJECT,
                    ANNOUNCE,
                    PING,
                    GRANT,
                    FLUSH,
                    FLUSHED,
                    RECENT_REQUEST,
                    RECENT,
                    SETTLED,
                    SYNC_BEGIN,
                    SYNC_ACCEPT,
                    HASH_REQUEST,
                    HASHES,
                    JOIN_PREPARE,
                    JOIN_READY,
                    READ_REQUEST,
                    FAILED,
                    GOODBYE,
                    CAPACITY ->
                    listener().message(this, MessageCodec.decode(type, body));
        }
    }

    private void note(ByteBuf body) throws FrameException {
        final String topic;
        try {
            topic = MessageCodec.getString(body);
        } catch (IndexOutOfBoundsException e) {
            throw new FrameException("a note without a topic");
        }
        listener().note(this, topic, ByteBufUtil.getBytes(body));
    }

    private static String refusal(ByteBuf body) {
        try {
            return MessageCodec.getString(body);
        } catch (IndexOutOfBoundsException e) {
            return "without a cause";
        }
    }

    void heard() {
        silentLooks = 0;
    }

    void readComplete() {
        // Confirmations made while reading leave together.
        output.flush();
    }

    // --- the end ---

    /// Closes the link; the listener hears the first `cause`, soon, however long the connection
    /// takes to end.
    public void close(String cause) {
        if (closing(cause)) {
            output.flush();
            channel.close();
        }
    }

    /// Closes a link whose other end doesn't answer: past TLS, whose farewell would wait for it.
    private void closeSilent(String cause) {
        if (closing(cause)) {
            channel.pipeline().firstContext().close();
        }
    }

    private boolean closing(String cause) {
        if (down || closing) {
            return false;
        }
        closing = true;
        downCause = cause;
        decoder.stop();
        // Later: whoever closes a link may be in the midst of something.
        channel.eventLoop().execute(this::ended);
        return true;
    }

    /// Tells the peer why, and closes.
    void refuse(Refusal refusal, String cause) {
        final int start = output.begin();
        MessageCodec.putString(output.frame(), cause);
        send(start, FrameType.REFUSED);
        downBy = refusal;
        close(cause);
    }

    /// The peer broke the protocol, or this side must give up.
    void broken(Refusal refusal, String cause) {
        if (!down) {
            downBy = refusal;
            if (up) {
                opening.broken(this, refusal, cause);
            }
            close(cause);
        }
    }

    private void named() {
        if (namingLimit != null) {
            namingLimit.cancel(false);
        }
    }

    private void ended() {
        if (down) {
            return;
        }
        down = true;
        output.discard();
        if (watching != null) {
            watching.cancel(false);
        }
        named();
        if (up) {
            listener().linkDown(this, downCause);
        } else {
            opening.failed(this, downBy, downCause);
        }
    }

    /// Closes a silent link, and says something where nothing else was said.
    private void watch() {
        silentLooks++;
        if (up && silentLooks > SILENT_LOOKS_MAX) {
            downBy = Refusal.SILENT;
            closeSilent(
                    "nothing was heard for %d seconds"
                            .formatted(SILENT_LOOKS_MAX * LOOK_MILLIS / 1000));
        } else if (!output.used() && up) {
            send(output.begin(), FrameType.KEEPALIVE);
        }
    }

    private final class Life extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext context) {
            heard();
            watching =
                    context.executor()
                            .scheduleWithFixedDelay(
                                    Link.this::watch,
                                    LOOK_MILLIS,
                                    LOOK_MILLIS,
                                    TimeUnit.MILLISECONDS);
            // A limit on the whole: who sends a byte now and then is not silent and yet holds a
            // place.
            namingLimit =
                    channel.eventLoop()
                            .schedule(
                                    () -> broken(Refusal.SILENT, UNNAMED),
                                    NAMING_SECONDS_MAX,
                                    TimeUnit.SECONDS);
            // Behind TLS, what is written now leaves when the handshake is done.
            opening.connected(Link.this);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            ended();
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof LiveTls.Distrusted(String cause)) {
                broken(Refusal.TLS, cause);
            }
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            final String text = NodeTls.reason(cause);
            switch (cause) {
                case IOException gone -> close(text);
                case DecoderException unreadable when !up -> broken(Refusal.TLS, text);
                default -> broken(Refusal.MALFORMED, text);
            }
        }
    }
}
