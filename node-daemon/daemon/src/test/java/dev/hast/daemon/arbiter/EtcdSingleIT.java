package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/// One etcd, without TLS and users.
final class EtcdSingleIT extends EtcdConformance {

    @Override
    EtcdServers servers(Path directory) throws IOException {
        return new EtcdServers(directory, 1, Optional.empty());
    }

    @Override
    EtcdSettings settings() {
        return EtcdSettings.of(servers.endpoints());
    }

    @Test
    void recordsOutliveARestartOfEtcdUnderOneClient(TestInfo test) throws IOException {
        final String name = name(test);
        try (Calls calls = open()) {
            final Revision created = calls.swapped(name, Revision.ABSENT, Samples.first());
            servers.kill(0);
            assertThat(calls.read(name)).isInstanceOf(ArbiterOutcome.Unavailable.class);
            servers.start(0);
            assertThat(calls.found(name).revision()).isEqualTo(created);
            calls.swapped(name, created, Samples.next(Samples.first(), 1, 3));
        }
    }

    @Test
    void changeThatNobodyTookIsUnavailableNotUnknown(TestInfo test) throws IOException {
        servers.kill(0);
        try (Calls calls = open()) {
            final var outcome = calls.swap(name(test), Revision.ABSENT, Samples.first());
            assertThat(outcome).isInstanceOf(ArbiterOutcome.Unavailable.class);
            assertThat(((ArbiterOutcome.Unavailable) outcome).cause())
                    .contains("127.0.0.1", "Connection refused");
        } finally {
            servers.start(0);
        }
    }

    @Test
    void changeGivenToAFrozenServerIsUnknownAndTheNextReadSettlesIt(TestInfo test)
            throws IOException {
        final String name = name(test);
        try (Calls calls =
                        new Calls(
                                new EtcdArbiter(
                                        settings()
                                                .withTimeouts(
                                                        Duration.ofMillis(300),
                                                        Duration.ofMillis(600))));
                Calls patient = open()) {
            final Revision created = patient.swapped(name, Revision.ABSENT, Samples.first());
            assertThat(patient.found(name).revision()).isEqualTo(created);
            readThrough(calls, name);
            servers.freeze(0);
            final var outcome = calls.swap(name, created, Samples.next(Samples.first(), 1, 3));
            servers.thaw(0);
            assertThat(outcome).isInstanceOf(ArbiterOutcome.Unknown.class);
            // Whichever way it went, the revision that the lost change compares is past.
            final ArbiterOutcome.Read settled = readThrough(calls, name);
            assertThat(settled.revision()).isGreaterThan(created);
            patient.swapped(
                    name,
                    settled.revision(),
                    Samples.next(settled.configuration().orElseThrow(), 0, 4));
        }
    }

    /// A client that gives up quickly reads until it gets through; then its connection stands.
    private static ArbiterOutcome.Read readThrough(Calls hasty, String name) {
        ArbiterOutcome.OfRead read = hasty.read(name);
        while (!(read instanceof ArbiterOutcome.Read)) {
            read = hasty.read(name);
        }
        return (ArbiterOutcome.Read) read;
    }

    @Test
    void endpointsOfTwoClustersAreRefused(TestInfo test, @TempDir Path directory)
            throws IOException {
        final String name = name(test);
        try (EtcdServers strangers = new EtcdServers(directory, 1, Optional.empty())) {
            final List<URI> both =
                    List.of(servers.endpoints().getFirst(), strangers.endpoints().getFirst());
            try (Calls calls =
                    new Calls(
                            new EtcdArbiter(
                                    EtcdSettings.of(both)
                                            .withTimeouts(PATIENT_ATTEMPT, PATIENT_CALL)))) {
                final Revision created = calls.swapped(name, Revision.ABSENT, Samples.first());
                servers.kill(0);
                try {
                    // By this read the client learns that its connection is gone.
                    refused(calls.read(name));
                    final String cause =
                            refused(calls.swap(name, created, Samples.next(Samples.first(), 1, 3)));
                    assertThat(cause)
                            .contains("belongs to cluster", "name the members of one cluster only");
                } finally {
                    servers.start(0);
                }
            }
        }
    }

    @Test
    void recordIsReadableWithEtcdctl(TestInfo test) throws IOException {
        final String name = name(test);
        try (Calls calls = open()) {
            calls.swapped(name, Revision.ABSENT, Samples.first());
        }
        servers.ctl(new byte[0], "get", "--print-value-only", "/hast/resources/" + name);
    }
}
