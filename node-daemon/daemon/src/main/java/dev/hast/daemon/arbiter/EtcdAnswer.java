package dev.hast.daemon.arbiter;

import io.grpc.Status;
import java.security.GeneralSecurityException;
import javax.net.ssl.SSLException;

/// How one request to one etcd member ended.
sealed interface EtcdAnswer<T> {

    record Answered<T>(T response) implements EtcdAnswer<T> {}

    /// The request surely had no effect, and another member, or this one later, may take it.
    record NotSent<T>(String cause) implements EtcdAnswer<T> {}

    /// The request may have had, or may still get, its effect.
    record Lost<T>(String cause) implements EtcdAnswer<T> {}

    /// The request surely had no effect, and no member would take it.
    record Rejected<T>(String cause) implements EtcdAnswer<T> {}

    /// The request surely had no effect: the member does not know our token (any more).
    record TokenStale<T>(String cause) implements EtcdAnswer<T> {}

    /// Judges a failure.
    ///
    /// The list of what "surely had no effect" is closed and short; everything else is lost. Two
    /// traps: UNAVAILABLE comes before and after the request was carried out; and "database space
    /// exceeded" may be answered *after* the transaction was applied.
    ///
    /// @param sent whether the request reached a connection
    static <T> EtcdAnswer<T> ofFailure(Status status, boolean sent, String member) {
        final String said = said(status, sent);
        final String cause = "etcd at " + member + ": " + said + causeOf(status);
        if (!sent) {
            return new NotSent<>(cause);
        }
        return switch (status.getCode()) {
            case UNAUTHENTICATED -> new TokenStale<>(cause);
            case INVALID_ARGUMENT ->
                    saysWhoAreYou(said) ? new TokenStale<>(cause) : new Rejected<>(cause);
            case PERMISSION_DENIED ->
                    new Rejected<>(
                            cause
                                    + "; grant the user read and write permission for the keys of hastd");
            case FAILED_PRECONDITION -> new Rejected<>(cause);
            case UNIMPLEMENTED -> new Rejected<>(cause + "; it does not speak etcd's v3 API");
            case RESOURCE_EXHAUSTED ->
                    said.contains("too many requests")
                            ? new NotSent<>(cause)
                            : new Lost<>(
                                    cause
                                            + "; if its space is used up: compact, defragment, then disarm the alarm");
            case OK,
                    CANCELLED,
                    UNKNOWN,
                    DEADLINE_EXCEEDED,
                    NOT_FOUND,
                    ALREADY_EXISTS,
                    ABORTED,
                    OUT_OF_RANGE,
                    INTERNAL,
                    UNAVAILABLE,
                    DATA_LOSS ->
                    new Lost<>(cause);
        };
    }

    private static String said(Status status, boolean sent) {
        if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
            return sent ? "no answer in time" : "no connection in time";
        }
        // gRPC appends lines about its own inside.
        return status.getDescription() == null
                ? status.getCode().name()
                : status.getDescription().lines().findFirst().orElse("");
    }

    private static boolean saysWhoAreYou(String said) {
        return said.contains("user name is empty")
                || said.contains("revision of auth store is old");
    }

    private static String causeOf(Status status) {
        Throwable root = status.getCause();
        while (root != null && root.getCause() != null) {
            root = root.getCause();
        }
        if (root == null) {
            return "";
        }
        final boolean trust =
                root instanceof GeneralSecurityException || root instanceof SSLException;
        return " ("
                + root.getMessage()
                + ")"
                + (trust ? "; check the arbiter's TLS files and etcd's certificate" : "");
    }
}
