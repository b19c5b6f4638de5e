package dev.hast.daemon.export;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;

/// Answers BLOCK_STATUS of one connection: a chunk for each metadata context that was negotiated.
final class StatusAnswer {
    private final Transmission.Negotiated negotiated;
    private final Replies replies;
    private final ByteBufAllocator allocator;
    private final StatusReply allocation = new StatusReply();
    private final StatusReply dirty = new StatusReply();

    StatusAnswer(Transmission.Negotiated negotiated, Replies replies, ByteBufAllocator allocator) {
        this.negotiated = negotiated;
        this.replies = replies;
        this.allocator = allocator;
    }

    void write(RequestHeader header, Volume volume) {
        boolean single = (header.flags & Nbd.FLAG_REQ_ONE) != 0;
        allocation.begin(allocator, header.length, single);
        dirty.begin(allocator, header.length, single);
        volume.blockStatus(header.offset, header.length, allocation, dirty);
        ByteBuf allocationExtents = allocation.end(header.length);
        ByteBuf dirtyExtents = dirty.end(header.length);
        if (negotiated.allocation()) {
            chunk(header.cookie, Nbd.CONTEXT_ALLOCATION, !negotiated.dirty(), allocationExtents);
        } else {
            allocationExtents.release();
        }
        if (negotiated.dirty()) {
            chunk(header.cookie, Nbd.CONTEXT_DIRTY, true, dirtyExtents);
        } else {
            dirtyExtents.release();
        }
    }

    private void chunk(long cookie, int context, boolean last, ByteBuf extents) {
        replies.statusChunk(cookie, last, context, extents.readableBytes());
        replies.payload(extents, null);
    }
}
