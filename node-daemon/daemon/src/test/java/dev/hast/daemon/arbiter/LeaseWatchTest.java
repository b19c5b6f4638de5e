package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.arbiter.UnreliableApiServer.Fate;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Hints of changes: one stream for all, begun again wherever it breaks.
final class LeaseWatchTest {

    private UnreliableApiServer server;
    private Calls calls;
    private final LinkedBlockingQueue<String> hints = new LinkedBlockingQueue<>();

    @BeforeEach
    void start() throws IOException {
        server = new UnreliableApiServer();
        calls = new Calls(new LeaseArbiter(server.settings()));
    }

    @AfterEach
    void end() {
        calls.close();
        server.close();
    }

    private Arbiter.Watch watch(String name) {
        return calls.arbiter().watch(name, Runnable::run, () -> hints.add(name));
    }

    private String hint() throws InterruptedException {
        return hints.poll(60, TimeUnit.SECONDS);
    }

    private List<String> lists() {
        return server.requests().stream().filter(r -> r.contains("limit=1")).toList();
    }

    @Test
    void oneStreamServesAllResources() throws Exception {
        try (Arbiter.Watch one = watch("one");
                Arbiter.Watch two = watch("two")) {
            assertThat(List.of(hint(), hint())).containsExactlyInAnyOrder("one", "two");
            server.store.awaitWatch();
            calls.swapped("two", Revision.ABSENT, Samples.first());
            assertThat(hint()).isEqualTo("two");
            calls.swapped("one", Revision.ABSENT, Samples.first());
            assertThat(hint()).isEqualTo("one");
            assertThat(server.store.watches()).isOne();
            assertThat(lists()).hasSize(1);
        }
    }

    @Test
    void streamThatTheServerEndsGoesOnWhereItStopped() throws Exception {
        try (Arbiter.Watch one = watch("one")) {
            hint();
            server.store.awaitWatch();
            server.store.bookmark();
            server.store.endWatches();
            calls.swapped("one", Revision.ABSENT, Samples.first());
            assertThat(hint()).isEqualTo("one");
            assertThat(lists()).hasSize(1);
        }
    }

    @Test
    void forgottenVersionIsAskedForAgainAndEverybodyIsToldToLook() throws Exception {
        try (Arbiter.Watch one = watch("one");
                Arbiter.Watch two = watch("two")) {
            hint();
            hint();
            server.store.awaitWatch();
            server.usually(method -> method.equals("GET") ? Fate.LOST_BEFORE : Fate.ANSWERED);
            server.store.endWatches();
            server.store.compact();
            server.usually(Fate.ANSWERED);
            assertThat(List.of(hint(), hint())).containsExactlyInAnyOrder("one", "two");
            assertThat(lists()).hasSizeGreaterThan(1);
        }
    }

    @Test
    void serverThatForbidsWatchingLeavesTheRegisterAtWork() throws Exception {
        server.usually(method -> Fate.ANSWERED);
        server.next(Fate.FORBIDDEN);
        try (Arbiter.Watch one = watch("one")) {
            final Revision created = calls.swapped("one", Revision.ABSENT, Samples.first());
            assertThat(calls.found("one").revision()).isEqualTo(created);
            // And it is tried again.
            assertThat(hint()).isEqualTo("one");
        }
    }

    @Test
    void nobodyWhoWatchesMeansNoStream() throws Exception {
        final Arbiter.Watch one = watch("one");
        hint();
        server.store.awaitWatch();
        one.close();
        server.requests();
        calls.found("one");
        assertThat(server.requests()).noneMatch(request -> request.contains("watch"));
    }
}
