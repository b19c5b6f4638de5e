package dev.hast.daemon.storage;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// One request and the step of it that is at the kernel; pooled, and linked into whichever list it
/// waits in.
///
/// A request is carried out in steps: a transfer that came back short goes on behind what is done,
/// a long zeroing in pieces. Owned by the event loop, except between [IoEngine#submit] and its end,
/// when the engine owns it.
final class IoRequest {
    enum Operation {
        READ,
        WRITE,
        ZERO,
        FLUSH
    }

    enum Step {
        READ,
        WRITE,
        ALLOCATE,
        SYNC
    }

    /// Its place in the provider's table: small enough to travel as io_uring user data.
    final short index;

    Operation operation = Operation.FLUSH;
    long offset;
    long length;
    long address;
    boolean mayUnmap;
    ZeroMethod zeroMethod = ZeroMethod.WRITE;
    @Nullable ByteBuf buffer;
    @Nullable IoCompletion completion;
    long token;
    long done;
    int attempts;

    Step step = Step.SYNC;
    long stepOffset;
    long stepAddress;
    long stepLength;
    int stepMode;
    int stepResult;

    @Nullable IoRequest next;

    IoRequest(final short index) {
        this.index = index;
    }

    void reset(
            final Operation newOperation, final IoCompletion newCompletion, final long newToken) {
        operation = newOperation;
        completion = newCompletion;
        token = newToken;
        done = 0;
        attempts = 0;
    }

    void forget() {
        buffer = null;
        completion = null;
        next = null;
    }
}
