package dev.hast.daemon.replication;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import org.jspecify.annotations.Nullable;

/// The sending end of a link: gathers frames, so that many share a TLS record and a system call.
///
/// What is gathered leaves when the loop has done what it has at hand. The first write of a turn
/// leaves at once: it should be on its way before the local disk is asked, which takes longer than
/// sending. Small payloads are copied behind their frame, where TLS would copy them anyway; large
/// ones are sent from where they lie.
///
/// On the link's event loop.
final class LinkOutput {

    private static final int BATCH_BYTES = 16 << 10;
    private static final int COPY_BYTES_MAX = 16 << 10;

    private final Channel channel;
    private final Runnable endOfTurn = this::turnEnded;
    private @Nullable ByteBuf batch;
    private boolean unflushed;
    private boolean turnNoticed;
    private boolean used;
    private boolean closed;

    LinkOutput(Channel channel) {
        this.channel = channel;
    }

    /// Begins a frame, whose header is filled in later, and says where in [#frame] it begins.
    int begin() {
        final ByteBuf full = batch;
        if (full != null && full.readableBytes() >= BATCH_BYTES) {
            writeBatch();
        }
        final ByteBuf out = frame();
        final int start = out.writerIndex();
        out.writeZero(Frames.HEADER_BYTES);
        return start;
    }

    /// What holds the frame that was begun.
    ByteBuf frame() {
        ByteBuf out = batch;
        if (out == null) {
            out = channel.alloc().directBuffer(BATCH_BYTES + COPY_BYTES_MAX + 256);
            batch = out;
        }
        return out;
    }

    /// The payload of the frame just finished; it stays the caller's.
    void payload(ByteBuf data, int length) {
        if (length <= COPY_BYTES_MAX) {
            // Taken out of the data, not written into the frame: only the former makes no garbage.
            data.getBytes(0, frame().ensureWritable(length), length);
        } else {
            writeBatch();
            channel.write(data.retainedSlice(0, length), channel.voidPromise());
        }
    }

    /// A frame is complete.
    void sent(boolean urgent) {
        unflushed = true;
        used = true;
        if (!turnNoticed) {
            turnNoticed = true;
            channel.eventLoop().execute(endOfTurn);
            if (urgent) {
                flush();
            }
        }
    }

    /// Bytes that were sent and that the kernel has not taken yet.
    long queuedBytes() {
        final ByteBuf gathered = batch;
        final ChannelOutboundBuffer waiting = channel.unsafe().outboundBuffer();
        return (gathered == null ? 0 : gathered.readableBytes())
                + (waiting == null ? 0 : waiting.totalPendingWriteBytes());
    }

    /// Whether anything was sent since it was asked last.
    boolean used() {
        final boolean was = used;
        used = false;
        return was;
    }

    private void turnEnded() {
        turnNoticed = false;
        flush();
    }

    void flush() {
        if (unflushed && !closed) {
            unflushed = false;
            writeBatch();
            channel.flush();
        }
    }

    private void writeBatch() {
        final ByteBuf out = batch;
        if (out != null) {
            batch = null;
            channel.write(out, channel.voidPromise());
        }
    }

    /// The channel is gone.
    void discard() {
        closed = true;
        final ByteBuf out = batch;
        batch = null;
        if (out != null) {
            out.release();
        }
    }
}
