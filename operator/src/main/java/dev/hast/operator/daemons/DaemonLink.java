package dev.hast.operator.daemons;

import dev.hast.control.v1.ControlGrpc;
import dev.hast.control.v1.CreateRequest;
import dev.hast.control.v1.DescribeRequest;
import dev.hast.control.v1.DescribeResponse;
import dev.hast.control.v1.GrowRequest;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.SetDocumentsRequest;
import dev.hast.control.v1.StatusUpdate;
import dev.hast.control.v1.WatchStatusRequest;
import dev.hast.operator.plan.Action;
import dev.hast.operator.plan.Observed.Daemon;
import dev.hast.operator.plan.Observed.Link;
import dev.hast.operator.plan.Observed.Refusal;
import dev.hast.operator.plan.Refusals;
import io.grpc.Context;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The connection to one daemon: follows its status for as long as it lasts, and carries out
/// actions. What is known of it is a value that may be asked for at any time.
///
/// Two virtual threads of its own: one reads the stream, one looks now and then whether the daemon
/// still answers, since a machine that is gone closes nothing. Actions are for one caller at a
/// time.
final class DaemonLink implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(DaemonLink.class);
    private static final int PACE_MS = 500;
    private static final Duration ANSWER_MAX = Duration.ofSeconds(3);
    private static final Duration LOOK_EVERY = Duration.ofSeconds(2);
    private static final Duration TRY_AGAIN = Duration.ofSeconds(1);
    private static final Duration SET_MAX = Duration.ofSeconds(30);
    private static final Duration CREATE_MAX = Duration.ofMinutes(10);

    private final String node;
    private final String host;
    private final int port;
    private final Credentials credentials;
    private final Consumer<Set<String>> changed;
    private final Thread reader;
    private final Map<String, ResourceStatus> resources = new TreeMap<>();
    private Optional<ManagedChannel> channel = Optional.empty();
    private Link link = Link.UNKNOWN;
    private long life;
    private Optional<Map<String, String>> acknowledged = Optional.empty();
    private Map<String, Refusal> refused = Map.of();
    private volatile boolean closed;

    /// @param changed told the names of resources whose status changed, also by a connection that
    ///   came or went
    DaemonLink(
            String node,
            String host,
            int port,
            Credentials credentials,
            Consumer<Set<String>> changed) {
        this.node = node;
        this.host = host;
        this.port = port;
        this.credentials = credentials;
        this.changed = changed;
        this.reader = Thread.ofVirtual().name("daemon-" + node).unstarted(this::run);
    }

    void start() {
        reader.start();
    }

    boolean isAt(String otherHost, int otherPort) {
        return host.equals(otherHost) && port == otherPort;
    }

    synchronized Daemon seen() {
        return new Daemon(node, link, acknowledged, refused, resources);
    }

    private void run() {
        while (!closed) {
            try {
                follow();
            } catch (StatusRuntimeException | SSLException e) {
                lost(String.valueOf(e.getMessage()));
            }
            try {
                Thread.sleep(TRY_AGAIN);
            } catch (InterruptedException _) {
                return; // closed
            }
        }
    }

    private void follow() throws SSLException {
        final ManagedChannel opened = credentials.channel(node, host, port);
        synchronized (this) {
            channel = Optional.of(opened);
        }
        final Context.CancellableContext call = Context.current().withCancellation();
        final Thread prober = Thread.ofVirtual().unstarted(() -> probe(opened, call));
        try {
            begin(describe(opened));
            prober.start();
            call.call(() -> {
                final Iterator<StatusUpdate> updates =
                        ControlGrpc.newBlockingStub(opened)
                                .watchStatus(
                                        WatchStatusRequest.newBuilder()
                                                .setIntervalMs(PACE_MS)
                                                .build());
                while (updates.hasNext()) {
                    take(updates.next());
                }
                return true;
            });
            lost("it ended the connection");
        } catch (StatusRuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        } finally {
            call.cancel(null);
            prober.interrupt();
            opened.shutdownNow();
        }
    }

    /// Ends the call when the daemon answers no more.
    private void probe(ManagedChannel on, Context.CancellableContext call) {
        try {
            while (!call.isCancelled()) {
                Thread.sleep(LOOK_EVERY);
                describe(on);
            }
        } catch (StatusRuntimeException e) {
            call.cancel(e);
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
        }
    }

    private static DescribeResponse describe(ManagedChannel on) {
        return ControlGrpc.newBlockingStub(on)
                .withDeadlineAfter(ANSWER_MAX.toMillis(), TimeUnit.MILLISECONDS)
                .describe(DescribeRequest.getDefaultInstance());
    }

    private synchronized void begin(DescribeResponse daemon) {
        if (daemon.getStartedMs() != life) {
            life = daemon.getStartedMs();
            acknowledged = Optional.empty();
            refused = Map.of();
        }
    }

    private void take(StatusUpdate update) {
        final Set<String> names = new TreeSet<>(update.getRemovedList());
        synchronized (this) {
            if (update.getComplete()) {
                names.addAll(resources.keySet());
                resources.clear();
            }
            update.getRemovedList().forEach(resources::remove);
            for (ResourceStatus status : update.getChangedList()) {
                names.add(status.getName());
                // Counters move all the time and are nobody's business here.
                resources.put(status.getName(), status.toBuilder().clearStatistics().build());
            }
            if (link != Link.CONNECTED) {
                LOG.atInfo().addKeyValue("node", node).log("connected to its daemon");
                link = Link.CONNECTED;
            }
        }
        changed.accept(names);
    }

    private void lost(String cause) {
        final Set<String> names;
        synchronized (this) {
            if (link == Link.LOST || closed) {
                return;
            }
            link = Link.LOST;
            names = new TreeSet<>(resources.keySet());
            resources.clear();
        }
        LOG.atWarn().addKeyValue("node", node).log("its daemon cannot be heard: {}", cause);
        changed.accept(names);
    }

    /// Carries out an action; returns why it failed, in the daemon's words, or nothing.
    Optional<String> perform(Action action) {
        final Optional<ManagedChannel> on;
        synchronized (this) {
            on = channel;
        }
        if (on.isEmpty()) {
            return Optional.of("not connected");
        }
        try {
            return switch (action) {
                case Action.SetDocuments(Map<String, String> documents) ->
                        setDocuments(on.get(), documents);
                case Action.Create(String resource) -> {
                    stub(on.get(), CREATE_MAX)
                            .create(CreateRequest.newBuilder().setName(resource).build());
                    yield Optional.empty();
                }
                case Action.Grow(String resource, long bytes) -> {
                    stub(on.get(), SET_MAX)
                            .grow(
                                    GrowRequest.newBuilder()
                                            .setName(resource)
                                            .setSizeBytes(bytes)
                                            .build());
                    yield Optional.empty();
                }
            };
        } catch (StatusRuntimeException e) {
            return Optional.of(
                    Optional.ofNullable(e.getStatus().getDescription())
                            .orElse(e.getStatus().getCode().toString()));
        }
    }

    private static ControlGrpc.ControlBlockingStub stub(ManagedChannel on, Duration limit) {
        return ControlGrpc.newBlockingStub(on)
                .withDeadlineAfter(limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    private Optional<String> setDocuments(ManagedChannel on, Map<String, String> documents) {
        final SetDocumentsRequest.Builder request = SetDocumentsRequest.newBuilder();
        documents.forEach((name, text) ->
                request.addDocuments(
                        SetDocumentsRequest.Document.newBuilder().setName(name).setText(text)));
        final List<String> errors = stub(on, SET_MAX).setDocuments(request.build()).getErrorsList();
        final Set<String> names = new TreeSet<>();
        synchronized (this) {
            final Map<String, Refusal> still = new TreeMap<>(refused);
            if (errors.isEmpty()) {
                acknowledged = Optional.of(Map.copyOf(documents));
                still.entrySet()
                        .removeIf(entry ->
                                Optional.ofNullable(documents.get(entry.getKey()))
                                        .filter(text -> !text.equals(entry.getValue().text()))
                                        .isPresent());
            } else {
                still.putAll(Refusals.of(documents, acknowledged.orElse(Map.of()), errors));
            }
            refused = Map.copyOf(still);
            documents.keySet().forEach(name -> names.add(name.substring(name.indexOf('/') + 1)));
        }
        changed.accept(names);
        return errors.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", errors));
    }

    @Override
    public void close() {
        closed = true;
        synchronized (this) {
            channel.ifPresent(ManagedChannel::shutdownNow);
        }
        reader.interrupt();
    }
}
