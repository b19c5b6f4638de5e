package dev.hast.daemon.export;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// One request in flight; pooled by [RequestTable], which alone makes and recycles it.
///
/// A request holds its room (a slot, and its payload bytes) from admission until the volume has
/// completed it *and* its reply has left for the socket, so that a client that does not read cannot
/// make us hold more.
final class Request {
    final int slot;

    /// The slot in the lower 16 bits, the number of the use above them: a stale completion is
    /// recognised.
    long token;

    /// Null once the connection is gone.
    @Nullable Transmission connection;

    Command command = Command.FLUSH;
    long cookie;
    long offset;
    long length;
    int flags;
    @Nullable ByteBuf payload;

    /// Payload bytes that count against the limits.
    int reserved;

    /// True between the call of the volume and its completion.
    boolean withVolume;

    /// Parts of the reply that are not sent yet.
    int unsent;

    long startedNanos;

    @Nullable Request nextFree;

    Request(int slot) {
        this.slot = slot;
    }

    boolean has(int flag) {
        return (flags & flag) != 0;
    }

    ByteBuf requirePayload() {
        ByteBuf buffer = payload;
        if (buffer == null) {
            throw new IllegalStateException(command + " request has no payload");
        }
        return buffer;
    }
}
