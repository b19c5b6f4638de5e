package dev.hast.daemon.replication;

import dev.hast.core.replication.Operation;
import dev.hast.daemon.storage.BlockBufferLimitException;
import dev.hast.daemon.storage.BlockBuffers;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import org.jspecify.annotations.Nullable;

/// Cuts the byte stream of a link into frames. A block's bytes are copied once, to where the
/// provider will read them.
///
/// One per channel, on its event loop. Everything that a peer can choose is bounded before memory
/// is taken for it.
final class FrameDecoder extends ChannelInboundHandlerAdapter implements LinkListener.WriteFrame {

    private enum State {
        HEADER,
        CONTROL,
        FIXED,
        PAYLOAD,
        ENCODED,
        CLOSED
    }

    private final Link link;
    private final BlockBuffers buffers;
    private final Payload payload;
    private final ByteBuf header;
    private State state = State.HEADER;
    private FrameType type = FrameType.LINK;
    private int bodyLength;
    private int checksum;
    private @Nullable ByteBuf body;
    private int filled;
    private int wanted;

    private Operation.Kind kind = Operation.Kind.WRITE;
    private long epoch;
    private long sequence;
    private long watermark;
    private long offset;
    private int length;
    private int payloadLength;
    private int flags;
    private int encoding;
    private int checksumKind;
    private int result;
    private long first;
    private long second;
    private boolean greeted;

    FrameDecoder(Link link, BlockBuffers buffers, Payload payload) {
        this.link = link;
        this.buffers = buffers;
        this.payload = payload;
        this.header = buffers.allocate(Frames.HEADER_BYTES + Frames.FIXED_BYTES);
    }

    /// The link is being closed: what still lies in its buffers is of the past.
    void stop() {
        state = State.CLOSED;
    }

    /// From here on large frames are welcome: the peer has named a resource of ours.
    void greeted() {
        greeted = true;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof ByteBuf in)) {
            ReferenceCountUtil.release(message);
            return;
        }
        link.heard();
        try {
            while (in.isReadable() && state != State.CLOSED) {
                step(in);
            }
        } catch (FrameException e) {
            state = State.CLOSED;
            link.broken(e.refusal(), String.valueOf(e.getMessage()));
        } catch (BlockBufferLimitException e) {
            state = State.CLOSED;
            link.broken(
                    Refusal.NO_MEMORY, "no buffer memory for a frame of " + bodyLength + " bytes");
        } finally {
            in.release();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        link.readComplete();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) throws Exception {
        discard();
        super.channelInactive(context);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        discard();
        if (header.refCnt() > 0) {
            header.release();
        }
    }

    private void discard() {
        state = State.CLOSED;
        if (body != null) {
            body.release();
            body = null;
        }
    }

    private void step(ByteBuf in) throws FrameException {
        switch (state) {
            case HEADER -> {
                if (fill(in, header, Frames.HEADER_BYTES)) {
                    header();
                }
            }
            case FIXED -> {
                if (fill(in, header, Frames.HEADER_BYTES + Frames.FIXED_BYTES)) {
                    fixed();
                }
            }
            case CONTROL -> {
                if (fill(in, current(), bodyLength)) {
                    control();
                }
            }
            case PAYLOAD -> {
                if (fill(in, current(), payloadLength)) {
                    payloadComplete(take());
                }
            }
            case ENCODED -> {
                if (fill(in, current(), payloadLength)) {
                    decode();
                }
            }
            case CLOSED -> {}
        }
    }

    private boolean fill(ByteBuf in, ByteBuf target, int until) {
        final int count = Math.min(in.readableBytes(), until - filled);
        target.setBytes(filled, in, in.readerIndex(), count);
        in.skipBytes(count);
        filled += count;
        return filled == until;
    }

    private ByteBuf current() {
        if (body == null) {
            throw new IllegalStateException("no body in state " + state);
        }
        return body;
    }

    private ByteBuf take() {
        final ByteBuf taken = current();
        body = null;
        return taken;
    }

    private void header() throws FrameException {
        bodyLength = header.getIntLE(0);
        type = FrameType.of(header.getUnsignedByte(4));
        checksum = header.getIntLE(8);
        final boolean withPayload = type == FrameType.WRITE || type == FrameType.READ_REPLY;
        final int most = bytesMax();
        if (bodyLength < 0 || bodyLength > most) {
            throw new FrameException(
                    Refusal.OVERSIZED,
                    "a frame of type %s with %d bytes, at most %d are allowed"
                            .formatted(type, bodyLength & 0xffffffffL, most));
        }
        if (!greeted && type != FrameType.LINK && type != FrameType.REFUSED) {
            throw new FrameException("a frame of type " + type + " before the link was opened");
        }
        if (withPayload) {
            if (bodyLength < Frames.FIXED_BYTES) {
                throw new FrameException("a frame of type " + type + " is too short");
            }
            state = State.FIXED;
        } else if (bodyLength == 0) {
            state = State.CONTROL;
            body = buffers.allocate(1);
            filled = 0;
            control();
        } else {
            // Small frames, the many, share the aligned pool; large ones come once in a resync.
            body = buffers.allocate(bodyLength);
            filled = 0;
            state = State.CONTROL;
        }
    }

    private int bytesMax() {
        if (!greeted) {
            return Frames.PREFACE_BYTES_MAX;
        }
        return switch (type) {
            case WRITE, READ_REPLY -> Frames.FIXED_BYTES + Payload.BYTES_MAX;
            case NOTE -> Frames.NOTE_BYTES_MAX;
            default -> Frames.CONTROL_BYTES_MAX;
        };
    }

    private void control() throws FrameException {
        final ByteBuf frame = take();
        try {
            if (checksum != Frames.checksum(header, frame, bodyLength)) {
                throw new FrameException("the checksum of a frame of type " + type + " is wrong");
            }
            frame.setIndex(0, bodyLength);
            next();
            // May close the link, and then nothing more is read.
            link.control(type, frame);
        } finally {
            frame.release();
        }
    }

    private void next() {
        state = State.HEADER;
        filled = 0;
    }

    private void fixed() throws FrameException {
        if (checksum != Frames.checksum(header, 0, Frames.FIXED_BYTES)) {
            throw new FrameException("the checksum of a frame of type " + type + " is wrong");
        }
        int at = Frames.HEADER_BYTES;
        epoch = header.getLongLE(at);
        sequence = header.getLongLE(at + 8);
        watermark = header.getLongLE(at + 16);
        offset = header.getLongLE(at + 24);
        length = header.getIntLE(at + 32);
        payloadLength = header.getIntLE(at + 36);
        kind = kindOf(header.getUnsignedByte(at + 40));
        flags = header.getUnsignedByte(at + 41);
        encoding = header.getUnsignedByte(at + 42);
        checksumKind = header.getUnsignedByte(at + 43);
        result = header.getIntLE(at + 44);
        first = header.getLongLE(at + 48);
        second = header.getLongLE(at + 56);
        if (payloadLength != bodyLength - Frames.FIXED_BYTES
                || length < 0
                || offset < 0
                || length > Payload.BYTES_MAX
                || (encoding == Payload.PLAIN && payloadLength != 0 && payloadLength != length)) {
            throw new FrameException(
                    "the lengths of a frame of type " + type + " contradict each other");
        }
        filled = 0;
        if (withoutBlock()) {
            deliver(null);
        } else if (encoding == Payload.HOLE) {
            final ByteBuf data = buffers.allocate(length);
            data.setZero(0, length);
            verified(data);
        } else {
            body = buffers.allocate(payloadLength);
            state = encoding == Payload.PLAIN ? State.PAYLOAD : State.ENCODED;
        }
    }

    /// Whether no block comes with this frame: zeroes are said, not sent, and a read that failed
    /// has none.
    private boolean withoutBlock() throws FrameException {
        final boolean write = type == FrameType.WRITE;
        if (write ? result != 0 : kind != Operation.Kind.WRITE) {
            throw new FrameException(
                    "a frame of type %s with a field of the other".formatted(type));
        }
        final boolean without = write ? kind == Operation.Kind.ZERO : result < 0;
        if (without ? payloadLength != 0 : (encoding == Payload.HOLE) != (payloadLength == 0)) {
            throw new FrameException(
                    "a frame of type %s with %d bytes of payload".formatted(type, payloadLength));
        }
        if (length == 0 && !without) {
            throw new FrameException("a block of no bytes");
        }
        return without;
    }

    private static Operation.Kind kindOf(int code) throws FrameException {
        return switch (code) {
            case 0 -> Operation.Kind.WRITE;
            case 1 -> Operation.Kind.ZERO;
            case 2 -> Operation.Kind.COPY;
            default ->
                    throw new FrameException(Refusal.UNKNOWN_KIND, "unknown kind of write " + code);
        };
    }

    private void decode() throws FrameException {
        final ByteBuf encoded = take();
        final ByteBuf data;
        try {
            data = buffers.allocate(length);
            boolean decoded = false;
            try {
                encoded.setIndex(0, payloadLength);
                payload.decode(encoding, encoded, data, length);
                decoded = true;
            } finally {
                if (!decoded) {
                    data.release();
                }
            }
        } finally {
            encoded.release();
        }
        verified(data);
    }

    private void payloadComplete(ByteBuf data) throws FrameException {
        verified(data);
    }

    private void verified(ByteBuf data) throws FrameException {
        boolean sound = false;
        try {
            payload.digest(checksumKind, data, length);
            sound =
                    checksumKind == Payload.CHECKSUM_NONE
                            || payload.first() == first && payload.second() == second;
        } finally {
            if (!sound) {
                data.release();
            }
        }
        if (!sound) {
            throw new FrameException("the checksum of the block at %d is wrong".formatted(offset));
        }
        deliver(data);
    }

    private void deliver(@Nullable ByteBuf data) {
        next();
        if (type == FrameType.WRITE) {
            link.listener().write(link, this, data);
        } else {
            link.listener().readReply(link, sequence, result, data, length);
        }
    }

    @Override
    public Operation.Kind kind() {
        return kind;
    }

    @Override
    public long epoch() {
        return epoch;
    }

    @Override
    public long sequence() {
        return sequence;
    }

    @Override
    public long watermark() {
        return watermark;
    }

    @Override
    public long offset() {
        return offset;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public boolean fua() {
        return (flags & 1) != 0;
    }

    @Override
    public boolean mayUnmap() {
        return (flags & 2) != 0;
    }
}
