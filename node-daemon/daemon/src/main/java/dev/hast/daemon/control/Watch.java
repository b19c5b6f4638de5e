package dev.hast.daemon.control;

import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.time.Duration;

/// One caller of a streaming request. Its virtual thread asks the source for the next message and
/// sends it, and waits while the caller doesn't keep up, so that a slow caller costs one message
/// and no more.
final class Watch<T> {

    /// How long a wait lasts before it looks whether the caller is still there.
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /// Where the messages come from.
    interface Source<T> {
        /// Gives what there is to send, in time; may give nothing.
        Iterable<T> next(Duration patience) throws ControlException, InterruptedException;
    }

    private final String request;
    private final ServerCallStreamObserver<T> caller;
    private final ChangeSignal ready = new ChangeSignal();

    Watch(String request, StreamObserver<T> caller) {
        this.request = request;
        this.caller = (ServerCallStreamObserver<T>) caller;
        this.caller.setOnReadyHandler(ready::changed);
        this.caller.setOnCancelHandler(ready::changed);
    }

    /// Streams on a thread of its own: gRPC delivers a call's readiness only after its method has
    /// returned.
    void run(Source<T> source) {
        Thread.ofVirtual().name("control " + request).start(() -> stream(source));
    }

    private void stream(Source<T> source) {
        try {
            while (!caller.isCancelled()) {
                for (var message : source.next(PATIENCE)) {
                    if (!awaitReady()) {
                        return;
                    }
                    caller.onNext(message);
                }
            }
        } catch (ControlException | InterruptedException | RuntimeException e) {
            if (!caller.isCancelled()) {
                caller.onError(Answers.failure(request, e));
            }
        }
    }

    private boolean awaitReady() throws InterruptedException {
        while (!caller.isCancelled()) {
            long seen = ready.version();
            if (caller.isReady()) {
                return true;
            }
            ready.await(seen, PATIENCE);
        }
        return false;
    }
}
