package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/// A cluster of three.
final class EtcdClusterIT extends EtcdConformance {

    /// A frozen member holds up a call for one attempt; the others must still have time for an
    /// election.
    private static final Duration ATTEMPT = Duration.ofSeconds(2);

    @Override
    EtcdServers servers(Path directory) throws IOException {
        return new EtcdServers(directory, 3, Optional.empty());
    }

    @Override
    EtcdSettings settings() {
        return EtcdSettings.of(servers.endpoints());
    }

    @Test
    void killedMemberIsPassedOver(TestInfo test) throws IOException {
        final String name = name(test);
        try (Calls calls = open()) {
            final Revision created = calls.swapped(name, Revision.ABSENT, Samples.first());
            for (int member : servers.all()) {
                servers.kill(member);
                assertThat(calls.found(name).revision()).isEqualTo(created);
                servers.start(member);
            }
        }
    }

    @Test
    void frozenMemberIsPassedOver(TestInfo test) throws IOException {
        final String name = name(test);
        try (Calls calls =
                new Calls(new EtcdArbiter(settings().withTimeouts(ATTEMPT, PATIENT_CALL)))) {
            Revision revision = calls.swapped(name, Revision.ABSENT, Samples.first());
            var configuration = Samples.first();
            for (int member : servers.all()) {
                servers.freeze(member);
                try {
                    configuration = Samples.next(configuration, member % 2, member);
                    revision = calls.swapped(name, revision, configuration);
                } finally {
                    servers.thaw(member);
                }
                assertThat(calls.found(name))
                        .isEqualTo(new ArbiterOutcome.Read(Optional.of(configuration), revision));
            }
        }
    }

    @Test
    void withoutAMajorityNothingIsReadOrChanged(TestInfo test) throws IOException {
        final String name = name(test);
        try (Calls calls =
                new Calls(
                        new EtcdArbiter(
                                settings()
                                        .withTimeouts(
                                                Duration.ofMillis(300), Duration.ofSeconds(1))))) {
            try (Calls patient = open()) {
                patient.swapped(name, Revision.ABSENT, Samples.first());
            }
            servers.kill(1, 2);
            try {
                assertThat(calls.read(name)).isInstanceOf(ArbiterOutcome.Unavailable.class);
                assertThat(calls.swap(name, new Revision(1), Samples.first()))
                        .isNotInstanceOf(ArbiterOutcome.Swapped.class)
                        .isNotInstanceOf(ArbiterOutcome.Conflict.class);
            } finally {
                servers.start(1, 2);
            }
            try (Calls patient = open()) {
                assertThat(patient.found(name).configuration()).contains(Samples.first());
            }
        }
    }
}
