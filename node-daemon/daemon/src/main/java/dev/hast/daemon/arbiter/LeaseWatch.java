package dev.hast.daemon.arbiter;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One stream of changes of all our Leases in the namespace, as long as somebody wants hints. Owned
/// by the arbiter's thread.
///
/// It begins with a list of one entry at most, which is asked for nothing but the version of the
/// whole collection, and goes on from there by watching. When the API server ends the watch, it is
/// begun again where it stopped; when it has forgotten that version (410), or anything else is
/// amiss, from the list. Every beginning from a list is a hint for all, because changes may have
/// been missed before it.
final class LeaseWatch {

    private static final Logger LOG = LoggerFactory.getLogger(LeaseWatch.class);

    private static final long REOPEN_MILLIS = 1_000;

    /// The API server sends a bookmark about once a minute; a stream that is silent for longer
    /// leads nowhere.
    private static final long SILENCE_MAX_NANOS = TimeUnit.SECONDS.toNanos(150);

    /// How long the API server shall keep one stream.
    private static final long STREAM_SECONDS = 600;

    private static final String SELECTOR =
            "labelSelector=" + Lease.LABEL.replace("/", "%2F") + "%3D" + Lease.LABEL_VALUE;

    private final LeaseClient client;
    private final ScheduledExecutorService worker;
    private final Set<Watcher> watchers = new LinkedHashSet<>();
    private @Nullable CompletableFuture<?> stream;
    private @Nullable Future<?> reopening;
    private String version = "";
    private long heardAt;

    /// Of the stream under way: what comes of an older one is left aside.
    private long generation;

    private boolean open;
    private boolean closed;

    /// Who wants hints. Each is one, whatever its content.
    static final class Watcher {
        private final String lease;
        private final Runnable hint;

        Watcher(String lease, Runnable hint) {
            this.lease = lease;
            this.hint = hint;
        }
    }

    LeaseWatch(LeaseClient client, ScheduledExecutorService worker) {
        this.client = client;
        this.worker = worker;
    }

    void add(Watcher watcher) {
        watchers.add(watcher);
        if (open) {
            watcher.hint.run();
        } else if (stream == null && reopening == null) {
            list();
        }
    }

    void remove(Watcher watcher) {
        watchers.remove(watcher);
        if (watchers.isEmpty()) {
            end();
        }
    }

    void close() {
        closed = true;
        end();
    }

    private void end() {
        open = false;
        generation++;
        version = "";
        if (reopening != null) {
            reopening.cancel(false);
            reopening = null;
        }
        final var ending = stream;
        stream = null;
        if (ending != null) {
            ending.cancel(true);
        }
    }

    /// Begins again after a pause, with a watch if `from` names a version, else with a list.
    private void reopen(String from) {
        end();
        if (closed || watchers.isEmpty()) {
            return;
        }
        version = from;
        reopening =
                worker.schedule(
                        () -> {
                            reopening = null;
                            if (version.isEmpty()) {
                                list();
                            } else {
                                watch();
                            }
                        },
                        REOPEN_MILLIS,
                        TimeUnit.MILLISECONDS);
    }

    private void list() {
        begin(
                "?limit=1&" + SELECTOR,
                line -> {
                    final String now = line.path("metadata").path("resourceVersion").asText();
                    if (now.isEmpty() || !line.path("kind").asText().equals("LeaseList")) {
                        return false;
                    }
                    version = now;
                    return true;
                },
                () -> {
                    if (version.isEmpty()) {
                        reopen("");
                    } else {
                        stream = null;
                        watch();
                        hintAll();
                    }
                });
    }

    private void watch() {
        open = true;
        begin(
                "?watch=1&allowWatchBookmarks=true&timeoutSeconds=%d&resourceVersion=%s&%s"
                        .formatted(STREAM_SECONDS, version, SELECTOR),
                this::event,
                () -> reopen(version));
    }

    /// What a line of a stream says.
    private interface Lines {
        /// @return whether the stream goes on
        boolean line(JsonNode line);
    }

    private void begin(String path, Lines lines, Runnable atEnd) {
        final long mine = ++generation;
        final CompletableFuture<HttpResponse<Void>> exchange;
        try {
            exchange =
                    client.open(
                            path,
                            new JsonLines(
                                    LeaseClient.BYTES_MAX,
                                    worker,
                                    line -> {
                                        if (mine == generation) {
                                            heard(lines, line);
                                        }
                                    }));
        } catch (IOException e) {
            LOG.atDebug().setCause(e).log("cannot ask for hints of Leases");
            reopen(version);
            return;
        }
        stream = exchange;
        heardAt = System.nanoTime();
        guard(mine);
        exchange.whenCompleteAsync(
                (response, failure) -> {
                    if (mine != generation) {
                        return;
                    }
                    if (response != null && response.statusCode() == 200) {
                        atEnd.run();
                    } else {
                        LOG.atDebug()
                                .addKeyValue("status", response == null ? 0 : response.statusCode())
                                .setCause(failure)
                                .log("no hints of Leases");
                        reopen("");
                    }
                },
                worker);
    }

    private void heard(Lines lines, byte[] line) {
        heardAt = System.nanoTime();
        try {
            if (!lines.line(LeaseAnswer.JSON.readTree(line))) {
                reopen("");
            }
        } catch (IOException e) {
            reopen("");
        }
    }

    private boolean event(JsonNode event) {
        final JsonNode metadata = event.path("object").path("metadata");
        final String now = metadata.path("resourceVersion").asText();
        switch (event.path("type").asText()) {
            case "ADDED", "MODIFIED", "DELETED" -> hint(metadata.path("name").asText());
            case "BOOKMARK" -> {
                // Only the version.
            }
            default -> {
                return false;
            }
        }
        if (!now.isEmpty()) {
            version = now;
        }
        return true;
    }

    /// Ends a stream on which nothing comes any more.
    private void guard(long guarded) {
        worker.schedule(
                () -> {
                    if (guarded != generation) {
                        return;
                    }
                    if (System.nanoTime() - heardAt > SILENCE_MAX_NANOS) {
                        reopen(version);
                    } else {
                        guard(guarded);
                    }
                },
                SILENCE_MAX_NANOS / 2,
                TimeUnit.NANOSECONDS);
    }

    private void hint(String lease) {
        for (Watcher watcher : List.copyOf(watchers)) {
            if (watcher.lease.equals(lease)) {
                watcher.hint.run();
            }
        }
    }

    private void hintAll() {
        List.copyOf(watchers).forEach(watcher -> watcher.hint.run());
    }
}
