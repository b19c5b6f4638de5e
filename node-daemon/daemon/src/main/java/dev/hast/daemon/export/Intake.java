package dev.hast.daemon.export;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Cuts the bytes of one client into headers and payloads.
///
/// A payload comes partly from what was read with its header (copied) and partly from reads that
/// went straight into it, see [PayloadReads]. At most one header and what one read of the socket
/// brought wait here.
final class Intake {
    private static final int LARGE_WRITE = 32 << 10;

    /// What the bytes so far amount to.
    enum Next {
        /// More bytes are needed.
        NOTHING,
        /// [#header()] is complete; [#headerDone()] goes on behind it.
        HEADER,
        /// The payload is complete; [#takeFilled()] takes its request.
        PAYLOAD
    }

    private final RequestHeader header = new RequestHeader();
    private final ArrayDeque<ByteBuf> backlog = new ArrayDeque<>();
    private @Nullable Request filling;
    private long skip;
    private boolean largeWrites;

    RequestHeader header() {
        return header;
    }

    /// The request whose payload lacks bytes, or null.
    @Nullable Request filling() {
        return filling;
    }

    /// True if the next request is probably a write whose payload is better read apart from its
    /// header.
    boolean expectsLargeWrite() {
        return largeWrites && skip == 0;
    }

    /// Takes bytes, and the ownership of the buffer.
    @SuppressWarnings("ReferenceEquality") // Whether it is the same buffer, not equal bytes.
    void add(ByteBuf data) {
        Request request = filling;
        if (request != null && data == request.payload) {
            // The read went straight into the payload; it held a count of its own.
            data.release();
        } else {
            backlog.add(data);
        }
    }

    Next next() {
        while (true) {
            Request request = filling;
            if (request != null && !request.requirePayload().isWritable()) {
                return Next.PAYLOAD;
            }
            if (request == null && skip == 0 && header.complete()) {
                return Next.HEADER;
            }
            ByteBuf in = backlog.peek();
            if (in == null) {
                return Next.NOTHING;
            }
            if (request != null) {
                ByteBuf payload = request.requirePayload();
                payload.writeBytes(in, Math.min(in.readableBytes(), payload.writableBytes()));
            } else if (skip > 0) {
                int part = (int) Math.min(skip, in.readableBytes());
                in.skipBytes(part);
                skip -= part;
            } else {
                header.read(in);
            }
            if (!in.isReadable()) {
                backlog.remove();
                in.release();
            }
        }
    }

    /// The header has been acted on.
    void headerDone() {
        largeWrites = header.type == Command.WRITE.number() && header.length >= LARGE_WRITE;
        header.clear();
    }

    /// The payload of this request comes next.
    void fill(Request request) {
        filling = request;
    }

    /// A payload comes next that nobody wants.
    void skip(long bytes) {
        skip = bytes;
    }

    Request takeFilled() {
        Request request = filling;
        if (request == null) {
            throw new IllegalStateException("no payload is being received");
        }
        filling = null;
        return request;
    }

    void discard() {
        filling = null;
        for (ByteBuf data = backlog.poll(); data != null; data = backlog.poll()) {
            data.release();
        }
    }
}
