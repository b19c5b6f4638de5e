package dev.hast.daemon.arbiter;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Requests to the API server, made again until one is answered or the time is up. Owned by the
/// arbiter's thread.
///
/// A request may reach the API server more than once this way, and may be carried out long after it
/// was given up. So only requests for which that does no harm are made: reads, and changes that
/// name what they replace, of which at most one can succeed.
final class LeaseCalls {

    /// So many resources may lose their primary at once; the API server is shared.
    static final int UNDER_WAY_MAX = 16;

    private static final long PAUSE_MILLIS = 50;

    /// With less time than this left, a try would only break off.
    private static final long ATTEMPT_MIN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);

    private final LeaseSettings settings;
    private final LeaseClient client;
    private final ScheduledExecutorService worker;
    private final Deque<Call> waiting = new ArrayDeque<>();
    private int underWay;
    private boolean closed;

    LeaseCalls(LeaseSettings settings, ScheduledExecutorService worker) {
        this.settings = settings;
        this.client = new LeaseClient(settings, worker);
        this.worker = worker;
    }

    /// How a call ended. `lost`: before the end, some try of it was lost.
    sealed interface Ending {
        /// For a change: it was made, and this is what it made.
        record Found(Lease lease, boolean lost) implements Ending {}

        record Absent(boolean lost) implements Ending {}

        /// The last try was refused because the Lease is not what it named.
        record Conflict(String cause, boolean lost) implements Ending {}

        /// No answer; with `lost` it may have had its effect.
        record Failed(String cause, boolean lost) implements Ending {}

        /// A person must mend something; with `lost` it may have had its effect nevertheless.
        record Rejected(String cause, boolean lost) implements Ending {}
    }

    /// One try; the answer comes on the arbiter's thread.
    private interface Try {
        void send(long timeoutNanos, Consumer<LeaseAnswer> answer);
    }

    void get(String lease, Consumer<Ending> end) {
        new Call((timeout, answer) -> client.get(lease, timeout, answer), end).go();
    }

    void create(String lease, ObjectNode object, Consumer<Ending> end) {
        new Call((timeout, answer) -> client.create(lease, object, timeout, answer), end).go();
    }

    void update(String lease, ObjectNode object, Consumer<Ending> end) {
        new Call((timeout, answer) -> client.update(lease, object, timeout, answer), end).go();
    }

    LeaseClient client() {
        return client;
    }

    boolean closed() {
        return closed;
    }

    void close() {
        closed = true;
        client.close();
        next();
    }

    private void next() {
        while (underWay < UNDER_WAY_MAX && !waiting.isEmpty()) {
            waiting.removeFirst().attempt();
        }
    }

    /// One call on its way.
    private final class Call {
        private final Try request;
        private final Consumer<Ending> end;
        private final long deadline = System.nanoTime() + settings.timeout().toNanos();
        private boolean tokenRenewed;
        private boolean lost;
        private @Nullable String cause;

        Call(Try request, Consumer<Ending> end) {
            this.request = request;
            this.end = end;
        }

        void go() {
            waiting.addLast(this);
            next();
        }

        private void attempt() {
            final long time = attemptNanos();
            if (closed || time < ATTEMPT_MIN_NANOS) {
                failed("too many requests to the API server are under way");
                return;
            }
            underWay++;
            request.send(
                    time,
                    answer -> {
                        underWay--;
                        judge(answer);
                        next();
                    });
        }

        private void judge(LeaseAnswer answer) {
            switch (answer) {
                case LeaseAnswer.Found(Lease lease) -> end.accept(new Ending.Found(lease, lost));
                case LeaseAnswer.Absent() -> end.accept(new Ending.Absent(lost));
                case LeaseAnswer.Conflict(String why) -> end.accept(new Ending.Conflict(why, lost));
                case LeaseAnswer.Rejected(String why) -> reject(why);
                case LeaseAnswer.NotSent(String why) -> {
                    if (lost) {
                        again(why, Duration.ofMillis(PAUSE_MILLIS));
                    } else {
                        failed(why);
                    }
                }
                case LeaseAnswer.Throttled(String why, Duration pause) -> again(why, pause);
                case LeaseAnswer.Lost(String why) -> {
                    if (!lost) {
                        cause = why;
                    }
                    lost = true;
                    again(why, Duration.ofMillis(PAUSE_MILLIS));
                }
                case LeaseAnswer.TokenStale(String why) -> {
                    if (tokenRenewed) {
                        reject(why + "; check the token file or the client certificate");
                    } else {
                        // The file is read again for each try, and may have been replaced just now.
                        tokenRenewed = true;
                        again(why, Duration.ofMillis(PAUSE_MILLIS));
                    }
                }
            }
        }

        private void again(String why, Duration pause) {
            if (closed || deadline - System.nanoTime() - pause.toNanos() < ATTEMPT_MIN_NANOS) {
                failed(why);
            } else {
                worker.schedule(this::go, pause.toNanos(), TimeUnit.NANOSECONDS);
            }
        }

        private void failed(String why) {
            // What made the outcome unknown says more than that there was no time left for another
            // try.
            end.accept(new Ending.Failed(lost && cause != null ? cause : why, lost));
        }

        private void reject(String why) {
            end.accept(
                    new Ending.Rejected(
                            cause == null ? why : why + "; before that: " + cause, lost));
        }

        private long attemptNanos() {
            return Math.min(settings.attemptTimeout().toNanos(), deadline - System.nanoTime());
        }
    }
}
