package dev.hast.daemon.control;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives the outcome of a request to its caller: the only place where gRPC statuses are built.
final class Answers {

    private static final Logger LOG = LoggerFactory.getLogger(Answers.class);

    /// The work of one request.
    interface Work<T> {
        T run() throws ControlException, InterruptedException;
    }

    private Answers() {}

    static <T> void answer(String request, StreamObserver<T> caller, Work<T> work) {
        T result;
        try {
            result = work.run();
        } catch (ControlException | InterruptedException | RuntimeException e) {
            caller.onError(failure(request, e));
            return;
        }
        caller.onNext(result);
        caller.onCompleted();
    }

    static StatusRuntimeException failure(String request, Exception e) {
        return switch (e) {
            case ControlException control -> of(control).asRuntimeException();
            case StatusRuntimeException status -> status;
            case InterruptedException _ -> {
                Thread.currentThread().interrupt();
                yield Status.UNAVAILABLE
                        .withDescription("the daemon is stopping; ask again when it is back")
                        .asRuntimeException();
            }
            default -> {
                LOG.atError()
                        .addKeyValue("request", request)
                        .setCause(e)
                        .log("A control request failed by a fault of the daemon");
                yield Status.INTERNAL
                        .withDescription(
                                "a fault of the daemon, "
                                        + e.getClass().getSimpleName()
                                        + "; its log says more")
                        .asRuntimeException();
            }
        };
    }

    private static Status of(ControlException e) {
        var status =
                switch (e.reason()) {
                    case INVALID -> Status.INVALID_ARGUMENT;
                    case NOT_FOUND -> Status.NOT_FOUND;
                    case REFUSED -> Status.FAILED_PRECONDITION;
                    case BUSY -> Status.ABORTED;
                    case UNAVAILABLE -> Status.UNAVAILABLE;
                    case TIMED_OUT -> Status.DEADLINE_EXCEEDED;
                    case FORBIDDEN -> Status.PERMISSION_DENIED;
                };
        return status.withDescription(e.getMessage());
    }
}
