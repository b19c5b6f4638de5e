package dev.hast.daemon.export;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// Sends what a read has brought. Where the client understands it, zeroes travel as holes: a whole
/// read, or pieces of 64 KiB of a longer one. The zeroes are found in the data that the volume
/// served, not asked for elsewhere, so a hole is as good an answer as the data.
final class ReadReply {
    private static final int PIECE = 64 << 10;
    private final Transmission connection;
    private final Replies replies;
    private final ZeroScan zeroes;
    private @Nullable SentReply free;

    ReadReply(Transmission connection, Replies replies, ZeroScan zeroes) {
        this.connection = connection;
        this.replies = replies;
        this.zeroes = zeroes;
    }

    /// Queues the reply; the request is released when it is sent.
    void write(Request request) {
        ByteBuf data = request.requirePayload();
        int length = (int) request.length;
        data.setIndex(0, length);
        // Held until the reply is complete: a send may succeed or fail at once.
        request.unsent = 1;
        if (!connection.structured()) {
            replies.simple(request.cookie, 0);
            send(request, data.retain());
        } else if (zeroes.isZero(data, 0, length)) {
            replies.holeChunk(request.cookie, true, request.offset, length);
        } else if (request.has(Nbd.FLAG_DF) || length <= PIECE) {
            replies.dataChunk(request.cookie, true, request.offset, length);
            send(request, data.retain());
        } else {
            writePieces(request, data, length);
        }
        if (--request.unsent == 0) {
            connection.release(request);
        }
    }

    private void writePieces(Request request, ByteBuf data, int length) {
        int start = 0;
        boolean startIsZero = zeroes.isZero(data, 0, pieceAt(request, 0, length));
        int at = pieceAt(request, 0, length);
        while (at < length) {
            int piece = pieceAt(request, at, length);
            boolean zero = zeroes.isZero(data, at, piece);
            if (zero != startIsZero) {
                chunk(request, data, start, at, startIsZero, false);
                start = at;
                startIsZero = zero;
            }
            at += piece;
        }
        chunk(request, data, start, length, startIsZero, true);
    }

    /// Length of the piece at an index: up to the next multiple of its size on the volume.
    private static int pieceAt(Request request, int index, int length) {
        int toBoundary = PIECE - (int) ((request.offset + index) & (PIECE - 1));
        return Math.min(toBoundary, length - index);
    }

    private void chunk(
            Request request, ByteBuf data, int start, int end, boolean zero, boolean last) {
        int length = end - start;
        if (zero) {
            replies.holeChunk(request.cookie, last, request.offset + start, length);
        } else {
            replies.dataChunk(request.cookie, last, request.offset + start, length);
            boolean whole = length == request.length;
            send(request, whole ? data.retain() : data.retainedSlice(start, length));
        }
    }

    private void send(Request request, ByteBuf part) {
        SentReply sent = free;
        if (sent == null) {
            sent = new SentReply(connection.channel(), connection);
        } else {
            free = sent.nextFree;
            sent.nextFree = null;
        }
        sent.request = request;
        request.unsent++;
        replies.payload(part, sent);
    }

    /// Takes a used promise back.
    ///
    /// @return the request that it was for
    Request recycle(SentReply sent) {
        Request request = sent.request;
        if (request == null) {
            throw new IllegalStateException("a reply was reported as sent twice");
        }
        sent.request = null;
        sent.nextFree = free;
        free = sent;
        return request;
    }
}
