package dev.hast.daemon.export;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import org.jspecify.annotations.Nullable;

/// Writes replies of one connection. Headers and small replies are collected in one buffer until a
/// payload, which is sent from where it lies, or a flush comes between them.
final class Replies {
    private static final int BATCH_BYTES = 2048;
    private final Channel channel;
    private final Runnable afterFlush;
    private final Runnable flushLater = this::scheduledFlush;
    private @Nullable ByteBuf batch;
    private boolean unflushed;
    private boolean reading;
    private boolean flushScheduled;
    private boolean discarded;

    /// @param afterFlush called whenever everything has been handed to the socket
    Replies(Channel channel, Runnable afterFlush) {
        this.channel = channel;
        this.afterFlush = afterFlush;
    }

    void simple(long cookie, int error) {
        ByteBuf out = room(Nbd.SIMPLE_REPLY_BYTES);
        out.writeInt(Nbd.SIMPLE_REPLY_MAGIC).writeInt(error).writeLong(cookie);
    }

    void errorChunk(long cookie, NbdError error) {
        byte[] text = error.text();
        ByteBuf out = chunk(cookie, Nbd.CHUNK_ERROR, true, 6 + text.length, 6 + text.length);
        out.writeInt(error.value()).writeShort(text.length).writeBytes(text);
    }

    void holeChunk(long cookie, boolean last, long offset, int length) {
        chunk(cookie, Nbd.CHUNK_OFFSET_HOLE, last, 12, 12).writeLong(offset).writeInt(length);
    }

    /// The header of data that [#payload] follows.
    void dataChunk(long cookie, boolean last, long offset, int length) {
        chunk(cookie, Nbd.CHUNK_OFFSET_DATA, last, 8 + length, 8).writeLong(offset);
    }

    /// The header of the descriptors of one context that [#payload] follows.
    void statusChunk(long cookie, boolean last, int context, int descriptorBytes) {
        chunk(cookie, Nbd.CHUNK_BLOCK_STATUS, last, 4 + descriptorBytes, 4).writeInt(context);
    }

    /// Gives the buffer to the socket; it is released there.
    void payload(ByteBuf payload, @Nullable SentReply sent) {
        writeBatch();
        channel.write(payload, sent == null ? channel.voidPromise() : sent);
        unflushed = true;
    }

    boolean unflushed() {
        return unflushed;
    }

    /// Between true and false the socket is being read; replies then wait for the end of that,
    /// [#flush()].
    void reading(boolean isReading) {
        reading = isReading;
    }

    /// Flushes at the end of this turn of the loop, unless the socket is being read.
    void flushSoon() {
        if (!reading && !flushScheduled) {
            flushScheduled = true;
            channel.eventLoop().execute(flushLater);
        }
    }

    private void scheduledFlush() {
        flushScheduled = false;
        flush();
    }

    void flush() {
        if (discarded) {
            return;
        }
        if (unflushed) {
            writeBatch();
            unflushed = false;
            channel.flush();
        }
        afterFlush.run();
    }

    /// The channel is gone.
    void discard() {
        discarded = true;
        ByteBuf pending = batch;
        batch = null;
        unflushed = false;
        if (pending != null) {
            pending.release();
        }
    }

    private ByteBuf chunk(long cookie, int type, boolean last, int length, int inBatch) {
        ByteBuf out = room(Nbd.CHUNK_BYTES + inBatch);
        out.writeInt(Nbd.CHUNK_MAGIC).writeShort(last ? Nbd.CHUNK_DONE : 0).writeShort(type);
        return out.writeLong(cookie).writeInt(length);
    }

    private ByteBuf room(int bytes) {
        if (discarded) {
            throw new IllegalStateException("a reply for a connection that is gone");
        }
        ByteBuf out = batch;
        if (out != null && out.writableBytes() < bytes) {
            writeBatch();
            out = null;
        }
        if (out == null) {
            out = channel.alloc().directBuffer(BATCH_BYTES, BATCH_BYTES);
            batch = out;
        }
        unflushed = true;
        return out;
    }

    private void writeBatch() {
        ByteBuf out = batch;
        if (out != null) {
            batch = null;
            channel.write(out, channel.voidPromise());
        }
    }
}
