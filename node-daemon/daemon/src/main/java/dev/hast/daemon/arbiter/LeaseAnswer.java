package dev.hast.daemon.arbiter;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletionException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;

/// How one request to the API server ended.
sealed interface LeaseAnswer {

    /// The Lease as it is now: as read, or as written by this request.
    record Found(Lease lease) implements LeaseAnswer {}

    /// The API server says of this very Lease that there is none.
    record Absent() implements LeaseAnswer {}

    /// A change that was not made, because the Lease is not what the request named.
    record Conflict(String cause) implements LeaseAnswer {}

    /// The request surely had no effect; later it may.
    record NotSent(String cause) implements LeaseAnswer {}

    /// The request was turned away, surely without an effect, for at least so long.
    record Throttled(String cause, Duration pause) implements LeaseAnswer {}

    /// The request may have had, or may still get, its effect.
    record Lost(String cause) implements LeaseAnswer {}

    /// The request surely had no effect, and will not have before a person has mended something.
    record Rejected(String cause) implements LeaseAnswer {}

    /// The request surely had no effect: the API server does not know who we are (any more).
    record TokenStale(String cause) implements LeaseAnswer {}

    /// What was asked for.
    ///
    /// @param server for messages
    /// @param lease the name of the Lease
    /// @param change whether it would write
    record Asked(String server, String namespace, String lease, boolean change) {

        String at() {
            return "API server at " + server + ": ";
        }
    }

    /// A pause that an answer asks for is believed up to this.
    Duration PAUSE_MAX = Duration.ofSeconds(60);

    Duration PAUSE_DEFAULT = Duration.ofSeconds(1);

    int MESSAGE_CHARS_MAX = 300;

    JsonMapper JSON = JsonMapper.builder().build();

    /// Judges an answer.
    ///
    /// The list of what "surely had no effect" is closed and short; everything else is lost. The
    /// API server answers these before it goes to its store, or after the store has said no. It
    /// answers 500, 503 and 504 also when its store was too slow to say whether it made the change.
    static LeaseAnswer ofResponse(
            Asked asked, int status, Optional<String> retryAfter, byte[] body) {
        final JsonNode said = json(body);
        final String cause = asked.at() + status + message(said);
        return switch (status) {
            case 200, 201 -> found(asked, said, cause);
            case 401 -> new TokenStale(cause);
            case 403 ->
                    new Rejected(
                            cause
                                    + "; allow hastd to get, list, watch, create and update leases of coordination.k8s.io in the namespace "
                                    + asked.namespace());
            case 404 -> notFound(asked, said, cause);
            case 409 ->
                    asked.change()
                            ? new Conflict(cause)
                            : new Rejected(cause + "; it does not answer as an API server does");
            case 429 -> new Throttled(cause, pause(retryAfter));
            case 301, 302, 303, 307, 308 ->
                    new Rejected(cause + ": it redirects; name the API server itself");
            case 400, 405, 406, 413, 415, 422 -> new Rejected(cause);
            default -> new Lost(cause);
        };
    }

    private static LeaseAnswer found(Asked asked, JsonNode said, String cause) {
        try {
            final Lease lease = Lease.parse(said);
            if (lease.name().equals(asked.lease())) {
                return new Found(lease);
            }
            return noApiServer(asked, cause + ": it is the Lease " + lease.name());
        } catch (UnreadableRecordException e) {
            return noApiServer(asked, cause + ": " + e.getMessage());
        }
    }

    /// A change that was answered with success, but not with what it made of the Lease, may be
    /// made.
    private static LeaseAnswer noApiServer(Asked asked, String cause) {
        final String all = cause + "; it does not answer as an API server does";
        // Half an answer is as good as none, and shows at the end of it.
        return asked.change() ? new Lost(all) : new Rejected(all);
    }

    private static LeaseAnswer notFound(Asked asked, JsonNode said, String cause) {
        final JsonNode details = said.path("details");
        if ("Status".equals(said.path("kind").asText())
                && "NotFound".equals(said.path("reason").asText())
                && "leases".equals(details.path("kind").asText())
                && asked.lease().equals(details.path("name").asText())) {
            return new Absent();
        }
        return new Rejected(
                cause + "; there must be a namespace " + asked.namespace() + " on that API server");
    }

    private static Duration pause(Optional<String> retryAfter) {
        return retryAfter
                .filter(text -> text.matches("[0-9]{1,9}"))
                .map(text -> Duration.ofSeconds(Long.parseLong(text)))
                .map(pause -> pause.compareTo(PAUSE_MAX) < 0 ? pause : PAUSE_MAX)
                .orElse(PAUSE_DEFAULT);
    }

    private static JsonNode json(byte[] body) {
        try {
            return JSON.readTree(body);
        } catch (IOException e) {
            return JSON.nullNode();
        }
    }

    private static String message(JsonNode status) {
        final String text = status.path("message").asText().strip();
        if (text.isEmpty()) {
            return "";
        }
        return ": "
                + (text.length() <= MESSAGE_CHARS_MAX
                        ? text
                        : text.substring(0, MESSAGE_CHARS_MAX) + "...");
    }

    /// Judges that there was no answer. Only a connection that never came to stand is sure to have
    /// carried nothing.
    static LeaseAnswer ofFailure(Asked asked, Throwable thrown) {
        final Throwable failure =
                thrown instanceof CompletionException && thrown.getCause() != null
                        ? thrown.getCause()
                        : thrown;
        return switch (failure) {
            case HttpConnectTimeoutException _ -> new NotSent(asked.at() + "no connection in time");
            case ConnectException _ -> new NotSent(asked.at() + "no connection" + root(failure));
            // The server takes nothing before both sides have shown who they are.
            case SSLHandshakeException _ ->
                    new NotSent(asked.at() + "no trusted connection" + root(failure));
            case CancellationException _ -> new Lost(asked.at() + "no answer in time");
            default -> new Lost(asked.at() + "the answer was lost" + root(failure));
        };
    }

    private static String root(Throwable failure) {
        Throwable root = failure;
        while (root.getCause() != null) {
            root = root.getCause();
        }
        final boolean trust =
                root instanceof GeneralSecurityException || root instanceof SSLException;
        return " ("
                + (root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage())
                + ")"
                + (trust ? "; check the arbiter's TLS files and the API server's certificate" : "");
    }
}
