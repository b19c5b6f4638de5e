package dev.hast.daemon.storage;

import io.netty.buffer.ByteBuf;
import java.lang.foreign.Arena;
import org.jspecify.annotations.Nullable;

/// One request and the step of it that is at the kernel; pooled, and linked into whichever list it
/// waits in.
///
/// A request is carried out in steps: a transfer that came back short goes on behind what is done,
/// a long zeroing in pieces. Owned by the event loop, except between [IoEngine#submit] and its end,
/// when the engine owns it.
final class IoRequest {
    /// A zeroing is done in pieces of this size, so that one of a whole disk does not keep a kernel
    /// worker for minutes.
    private static final long ALLOCATE_STEP_MAX = 256L << 20;

    private static final long ZEROES_SIZE = 256L << 10;
    private static final long ZEROES =
            Arena.global().allocate(ZEROES_SIZE, BlockBuffers.ALIGNMENT).address();

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

    /// Sets `step*` to the next thing to do for what is left.
    void planStep() {
        final long left = length - done;
        stepOffset = offset + done;
        stepAddress = address + done;
        stepLength = left;
        switch (operation) {
            case READ -> step = Step.READ;
            case WRITE -> step = Step.WRITE;
            case FLUSH -> step = Step.SYNC;
            case ZERO -> {
                if (zeroMethod == ZeroMethod.WRITE) {
                    step = Step.WRITE;
                    stepAddress = ZEROES;
                    stepLength = Math.min(left, ZEROES_SIZE);
                } else {
                    step = Step.ALLOCATE;
                    stepMode = zeroMethod.mode();
                    stepLength = Math.min(left, ALLOCATE_STEP_MAX);
                }
            }
        }
    }

    void forget() {
        buffer = null;
        completion = null;
        next = null;
    }
}
