package dev.hast.daemon.arbiter;

import dev.hast.daemon.arbiter.etcd.v3.AuthGrpc;
import dev.hast.daemon.arbiter.etcd.v3.AuthenticateRequest;
import dev.hast.daemon.arbiter.etcd.v3.AuthenticateResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Logs in to etcd and keeps the token until a member no longer knows it. Owned by the arbiter's
/// event loop.
///
/// Logging in is made slow on purpose by etcd, so calls that need a token at the same time share
/// one log-in.
final class EtcdTokens {

    private static final Logger LOG = LoggerFactory.getLogger(EtcdTokens.class);

    private final Optional<EtcdSettings.User> user;
    private final long timeoutNanos;
    private final List<Consumer<EtcdAnswer<Optional<String>>>> waiting = new ArrayList<>();
    private Optional<String> token = Optional.empty();
    private boolean unwanted;

    EtcdTokens(EtcdSettings settings) {
        this.user = settings.user();
        this.timeoutNanos = settings.timeout().toNanos();
    }

    /// Gives the token to send, logging in at `member` if there is none: empty without a user, or
    /// when etcd does not know users.
    void obtain(EtcdMember member, Consumer<EtcdAnswer<Optional<String>>> then) {
        if (user.isEmpty() || unwanted || token.isPresent()) {
            then.accept(new EtcdAnswer.Answered<>(token));
            return;
        }
        waiting.add(then);
        if (waiting.size() > 1) {
            return;
        }
        final String password;
        try (var lines = Files.lines(user.get().passwordFile())) {
            password = lines.findFirst().orElse("");
        } catch (IOException | UncheckedIOException e) {
            done(
                    new EtcdAnswer.Rejected<>(
                            "cannot read the password of etcd user '%s' from %s: %s"
                                    .formatted(user.get().name(), user.get().passwordFile(), e)));
            return;
        }
        final var request =
                AuthenticateRequest.newBuilder()
                        .setName(user.get().name())
                        .setPassword(password)
                        .build();
        member.call(
                AuthGrpc.getAuthenticateMethod(),
                request,
                Optional.empty(),
                timeoutNanos,
                this::loggedIn);
    }

    /// The token that a member refused is not used again.
    void forget(Optional<String> refused) {
        unwanted = false;
        if (token.equals(refused)) {
            token = Optional.empty();
        }
    }

    private void loggedIn(EtcdAnswer<AuthenticateResponse> answer) {
        switch (answer) {
            case EtcdAnswer.Answered<AuthenticateResponse>(AuthenticateResponse response) -> {
                token = Optional.of(response.getToken());
                done(new EtcdAnswer.Answered<>(token));
            }
            case EtcdAnswer.Rejected<AuthenticateResponse>(String cause)
                    when cause.contains("authentication is not enabled") -> {
                unwanted = true;
                LOG.atWarn()
                        .addKeyValue("cause", cause)
                        .log("etcd has no users although one is configured; going on without");
                done(new EtcdAnswer.Answered<>(Optional.empty()));
            }
            case EtcdAnswer.Rejected<AuthenticateResponse>(String cause) ->
                    done(
                            new EtcdAnswer.Rejected<>(
                                    cause + "; check the user's name and the password file"));
            case EtcdAnswer.TokenStale<AuthenticateResponse>(String cause) ->
                    done(new EtcdAnswer.Rejected<>(cause));
            // A log-in changes nothing, so a lost one is as good as none.
            case EtcdAnswer.Lost<AuthenticateResponse>(String cause) ->
                    done(new EtcdAnswer.NotSent<>(cause));
            case EtcdAnswer.NotSent<AuthenticateResponse>(String cause) ->
                    done(new EtcdAnswer.NotSent<>(cause));
        }
    }

    private void done(EtcdAnswer<Optional<String>> answer) {
        final var all = List.copyOf(waiting);
        waiting.clear();
        all.forEach(then -> then.accept(answer));
    }
}
