package dev.hast.daemon.arbiter;

import com.google.protobuf.ByteString;
import dev.hast.daemon.arbiter.etcd.v3.KVGrpc;
import dev.hast.daemon.arbiter.etcd.v3.RangeRequest;
import dev.hast.daemon.arbiter.etcd.v3.RangeResponse;
import dev.hast.daemon.arbiter.etcd.v3.ResponseHeader;
import dev.hast.daemon.arbiter.etcd.v3.TxnRequest;
import dev.hast.daemon.arbiter.etcd.v3.TxnResponse;
import io.grpc.MethodDescriptor;
import io.netty.channel.EventLoop;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The members of one etcd cluster, asked one after the other until one gives an answer. Owned by
/// the arbiter's event loop.
///
/// A request may reach more than one member this way, and may be carried out long after it was
/// given up. So only requests for which that does no harm are made: reads, and transactions that
/// compare a key's `mod_revision`, of which at most one can succeed.
final class EtcdCluster {

    private static final Logger LOG = LoggerFactory.getLogger(EtcdCluster.class);

    /// Between two rounds over all members.
    private static final long PAUSE_MILLIS = 50;

    /// With less time than this left, a try would only break off.
    private static final long ATTEMPT_MIN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final List<EtcdMember> members = new ArrayList<>();
    private final EtcdTokens tokens;
    private final EtcdLineage lineage = new EtcdLineage();
    private final EtcdSettings settings;
    private final EventLoop loop;
    private int preferred;
    private boolean reachable = true;
    private boolean closed;

    EtcdCluster(EtcdSettings settings, EventLoop loop) {
        this.settings = settings;
        this.loop = loop;
        this.tokens = new EtcdTokens(settings);
        settings.endpoints().forEach(e -> members.add(new EtcdMember(e, settings, loop)));
    }

    /// How a request to the cluster ended. `lost`: before the end, some try of it was lost.
    sealed interface Ending<R> {
        record Answered<R>(R response, boolean lost) implements Ending<R> {}

        /// No answer; with `lost` it may have had its effect.
        record Failed<R>(String cause, boolean lost) implements Ending<R> {}

        /// A person must mend something; with `lost` it may have had its effect nevertheless.
        record Rejected<R>(String cause, boolean lost) implements Ending<R> {}
    }

    /// A linearizable read of one key.
    void range(ByteString key, Consumer<Ending<RangeResponse>> end) {
        final var request = RangeRequest.newBuilder().setKey(key).build();
        new Request<>(key, KVGrpc.getRangeMethod(), request, RangeResponse::getHeader, end).start();
    }

    /// @param key the one that the transaction is about
    void txn(ByteString key, TxnRequest request, Consumer<Ending<TxnResponse>> end) {
        new Request<>(key, KVGrpc.getTxnMethod(), request, TxnResponse::getHeader, end).start();
    }

    EtcdMember preferred() {
        return members.get(preferred);
    }

    /// Prefers another member, when this one failed outside of a request.
    void avoid(EtcdMember failed) {
        if (preferred().equals(failed)) {
            preferred = (preferred + 1) % members.size();
        }
    }

    EtcdTokens tokens() {
        return tokens;
    }

    boolean closed() {
        return closed;
    }

    void close() {
        closed = true;
        members.forEach(EtcdMember::close);
    }

    private void note(boolean answered, String cause) {
        if (answered && !reachable) {
            LOG.atInfo().addKeyValue("member", preferred().name()).log("etcd answers again");
        } else if (!answered && reachable) {
            LOG.atWarn()
                    .addKeyValue("cause", cause)
                    .log("etcd does not answer; changes of configuration wait");
        }
        reachable = answered;
    }

    /// One request on its way over the members.
    private final class Request<Q, R> {
        private final ByteString key;
        private final MethodDescriptor<Q, R> method;
        private final Q message;
        private final Function<R, ResponseHeader> header;
        private final Consumer<Ending<R>> end;
        private final long deadline = System.nanoTime() + settings.timeout().toNanos();
        private final int first = preferred;
        private int tries;
        private boolean tokenRenewed;
        private boolean lost;
        private @Nullable String cause;

        Request(
                ByteString key,
                MethodDescriptor<Q, R> method,
                Q message,
                Function<R, ResponseHeader> header,
                Consumer<Ending<R>> end) {
            this.key = key;
            this.method = method;
            this.message = message;
            this.header = header;
            this.end = end;
        }

        void start() {
            authenticate(members.get(first));
        }

        private void authenticate(EtcdMember member) {
            tokens.obtain(
                    member,
                    answer -> {
                        switch (answer) {
                            case EtcdAnswer.Answered<Optional<String>>(Optional<String> token) ->
                                    verify(member, token);
                            case EtcdAnswer.NotSent<Optional<String>>(String why) -> next(why);
                            case EtcdAnswer.Rejected<Optional<String>>(String why) -> reject(why);
                            case EtcdAnswer.Lost<Optional<String>>(String why) -> next(why);
                            case EtcdAnswer.TokenStale<Optional<String>>(String why) -> reject(why);
                        }
                    });
        }

        /// A fresh connection must show that it leads to our cluster before it is given a change to
        /// carry out.
        private void verify(EtcdMember member, Optional<String> token) {
            if (member.verified()) {
                send(member, token);
                return;
            }
            final long floor = lineage.revision();
            final var probe = RangeRequest.newBuilder().setKey(key).build();
            member.call(
                    KVGrpc.getRangeMethod(),
                    probe,
                    token,
                    attemptNanos(),
                    answer -> {
                        switch (answer) {
                            case EtcdAnswer.Answered<RangeResponse>(RangeResponse response) -> {
                                final var wrong =
                                        lineage.check(member.name(), response.getHeader(), floor);
                                if (wrong.isPresent()) {
                                    reject(wrong.get());
                                } else {
                                    member.verify();
                                    send(member, token);
                                }
                            }
                            case EtcdAnswer.NotSent<RangeResponse>(String why) -> next(why);
                            case EtcdAnswer.Lost<RangeResponse>(String why) -> next(why);
                            case EtcdAnswer.Rejected<RangeResponse>(String why) -> reject(why);
                            case EtcdAnswer.TokenStale<RangeResponse>(String why) ->
                                    renewToken(member, token, why);
                        }
                    });
        }

        private void send(EtcdMember member, Optional<String> token) {
            final long floor = lineage.revision();
            member.call(
                    method,
                    message,
                    token,
                    attemptNanos(),
                    answer -> {
                        switch (answer) {
                            case EtcdAnswer.Answered<R>(R response) ->
                                    answered(member, response, floor);
                            case EtcdAnswer.NotSent<R>(String why) -> next(why);
                            case EtcdAnswer.Rejected<R>(String why) -> reject(why);
                            case EtcdAnswer.TokenStale<R>(String why) ->
                                    renewToken(member, token, why);
                            case EtcdAnswer.Lost<R>(String why) -> {
                                if (!lost) {
                                    cause = why;
                                }
                                lost = true;
                                next(why);
                            }
                        }
                    });
        }

        private void answered(EtcdMember member, R response, long floor) {
            final var wrong = lineage.check(member.name(), header.apply(response), floor);
            if (wrong.isPresent()) {
                lost = true;
                reject(wrong.get());
                return;
            }
            preferred = members.indexOf(member);
            note(true, "");
            end.accept(new Ending.Answered<>(response, lost));
        }

        private void renewToken(EtcdMember member, Optional<String> token, String why) {
            if (tokenRenewed || settings.user().isEmpty()) {
                reject(
                        why
                                + (settings.user().isEmpty()
                                        ? "; name a user and a password file for etcd"
                                        : ""));
                return;
            }
            tokenRenewed = true;
            tokens.forget(token);
            authenticate(member);
        }

        private void next(String why) {
            // What made the outcome unknown says more than that there was no time left for another
            // try.
            if (cause == null || !lost) {
                cause = why;
            }
            tries++;
            final boolean roundDone = tries % members.size() == 0;
            if (closed || attemptNanos() < ATTEMPT_MIN_NANOS || (roundDone && !lost)) {
                note(false, cause);
                end.accept(new Ending.Failed<>(cause, lost));
                return;
            }
            final EtcdMember member = members.get((first + tries) % members.size());
            if (roundDone) {
                loop.schedule(() -> authenticate(member), PAUSE_MILLIS, TimeUnit.MILLISECONDS);
            } else {
                authenticate(member);
            }
        }

        private void reject(String why) {
            note(false, why);
            end.accept(
                    new Ending.Rejected<>(
                            cause == null ? why : why + "; before that: " + cause, lost));
        }

        private long attemptNanos() {
            return Math.min(settings.attemptTimeout().toNanos(), deadline - System.nanoTime());
        }
    }
}
