package dev.hast.daemon.storage;

import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoOps;
import io.netty.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// Disk I/O on the event loop's own ring: what is submitted in one turn of the loop goes to the
/// kernel in one call, together with the turn's socket operations, and no thread is crossed.
final class UringEngine implements IoEngine {
    private static final byte OP_FSYNC = 3;
    private static final byte OP_FALLOCATE = 17;
    private static final byte OP_READ = 22;
    private static final byte OP_WRITE = 23;
    private static final int FSYNC_DATASYNC = 1;

    /// What Netty returns when the registration is no longer valid.
    private static final long REFUSED = 0;

    private final int descriptor;
    private final @Nullable IoRequest[] requests;
    private final StepSink sink;
    private final Runnable onLoopClosed;
    private @Nullable IoRegistration presence;
    private @Nullable IoRegistration submissions;

    /// @param requests the provider's table, in which a request's index is its place
    /// @param onLoopClosed called when the event loop goes away under the engine
    UringEngine(
            final int descriptor,
            final @Nullable IoRequest[] requests,
            final StepSink sink,
            final Runnable onLoopClosed) {
        this.descriptor = descriptor;
        this.requests = requests;
        this.sink = sink;
        this.onLoopClosed = onLoopClosed;
    }

    static boolean isPossibleOn(final IoEventLoop loop) {
        return loop.isCompatible(IoUringIoHandle.class);
    }

    /// Joins the ring; to be called on the loop, where it is done when it returns.
    ///
    /// It joins twice. The loop counts its handles and must know of this one, but what it returns
    /// is a wrapper with a method so small that the JIT keeps no profile of it, cannot see what
    /// becomes of an operation handed to it, and so leaves 72 bytes of garbage for each. Operations
    /// therefore go to a registration got from the ring itself.
    void register(final IoEventLoop loop) throws ProviderException {
        final Future<IoRegistration> outcome = loop.register(new Handle());
        if (!outcome.isSuccess()) {
            throw refused(outcome.cause());
        }
        final IoRegistration wrapper = outcome.getNow();
        final IoUringIoHandler ring = wrapper.attachment();
        try {
            submissions = ring.register(new Handle());
            presence = wrapper;
        } catch (final Exception e) {
            wrapper.cancel();
            throw refused(e);
        }
    }

    private static ProviderException refused(final Throwable cause) {
        return new ProviderException(
                "the event loop's io_uring takes no more handles; use the engine `threads`", cause);
    }

    @Override
    public boolean submit(final IoRequest request) {
        final IoRegistration current = submissions;
        if (current == null) {
            return false;
        }
        byte opcode = OP_FSYNC;
        long offset = 0;
        long address = 0;
        int length = 0;
        int flags = 0;
        switch (request.step) {
            case READ, WRITE -> {
                opcode = request.step == IoRequest.Step.READ ? OP_READ : OP_WRITE;
                offset = request.stepOffset;
                address = request.stepAddress;
                length = (int) request.stepLength;
            }
            case ALLOCATE -> {
                // fallocate has its length where others have their address, and its mode where they
                // have their length.
                opcode = OP_FALLOCATE;
                offset = request.stepOffset;
                address = request.stepLength;
                length = request.stepMode;
            }
            case SYNC -> flags = FSYNC_DATASYNC;
        }
        // The only allocation of a request, at one place and dropped inside submit, so that the JIT
        // can take it away.
        final IoUringIoOps operation =
                new IoUringIoOps(
                        opcode,
                        (byte) 0,
                        (short) 0,
                        descriptor,
                        offset,
                        address,
                        length,
                        flags,
                        (long) request.index,
                        (short) 0,
                        (short) 0,
                        0,
                        0L);
        return current.submit(operation) != REFUSED;
    }

    @Override
    public String name() {
        return "io_uring";
    }

    @Override
    public void close() {
        cancel(submissions);
        cancel(presence);
        submissions = null;
        presence = null;
    }

    private static void cancel(final @Nullable IoRegistration registration) {
        if (registration != null) {
            registration.cancel();
        }
    }

    /// The engine's face towards Netty, kept apart because both sides have a `close`.
    private final class Handle implements IoUringIoHandle {
        @Override
        public void handle(final IoRegistration from, final IoEvent event) {
            final IoUringIoEvent completion = (IoUringIoEvent) event;
            final IoRequest request = requests[(int) completion.userData()];
            if (request == null) {
                throw new IllegalStateException("completion of no request: " + completion);
            }
            sink.stepped(request, completion.res());
        }

        @Override
        public void close() {
            onLoopClosed.run();
        }
    }
}
