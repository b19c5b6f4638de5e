package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/// The Lease arbiter on a real kube-apiserver with a real etcd.
final class LeaseApiServerIT extends LeaseConformance {

    /// What is tested here is not that an API server is quick on a busy machine.
    private static final Duration PATIENT_ATTEMPT = Duration.ofSeconds(20);

    private static final Duration PATIENT_CALL = Duration.ofSeconds(60);

    private ApiServers servers;

    @BeforeAll
    void start(@TempDir Path directory) throws IOException {
        servers = new ApiServers(directory);
    }

    @AfterAll
    void end() {
        if (servers != null) {
            servers.close();
        }
    }

    @Override
    Calls open() {
        return open("hastd");
    }

    private Calls open(String who) {
        return new Calls(
                new LeaseArbiter(
                        servers.settings(who).withTimeouts(PATIENT_ATTEMPT, PATIENT_CALL)));
    }

    @Override
    void putRaw(String name, byte[] record) throws IOException {
        final ObjectNode object = LeaseObjects.around(record);
        final ObjectNode metadata = (ObjectNode) object.get("metadata");
        metadata.put("name", Lease.nameOf(name)).put("namespace", ApiServers.NAMESPACE);
        final boolean there =
                !leases("get", Lease.nameOf(name), "--ignore-not-found", "-o", "name").isEmpty();
        servers.kubectlWith(object.toString(), there ? "replace" : "create", "-f", "-");
    }

    @Override
    void delete(String name) throws IOException {
        leases("delete", Lease.nameOf(name));
    }

    /// `kubectl VERB lease ...`
    private String leases(String verb, String... arguments) throws IOException {
        final String[] all = new String[arguments.length + 4];
        all[0] = "-n";
        all[1] = ApiServers.NAMESPACE;
        all[2] = verb;
        all[3] = "lease";
        System.arraycopy(arguments, 0, all, 4, arguments.length);
        return servers.kubectl(all);
    }

    @Test
    void recordsOutliveTheDeathOfTheServerUnderOneClient(TestInfo test) throws IOException {
        final String name = name(test);
        try (Calls calls = open()) {
            final Revision created = calls.swapped(name, Revision.ABSENT, Samples.first());
            servers.killApiServer();
            try {
                assertThat(calls.swap(name, created, Samples.next(Samples.first(), 1, 3)))
                        .isInstanceOf(ArbiterOutcome.Unavailable.class);
                assertThat(calls.read(name)).isInstanceOf(ArbiterOutcome.Unavailable.class);
            } finally {
                servers.startApiServer();
            }
            assertThat(calls.found(name).revision()).isEqualTo(created);
            calls.swapped(name, created, Samples.next(Samples.first(), 1, 3));
        }
    }

    @Test
    void hintsGoOnAfterTheDeathOfTheServer(TestInfo test) throws Exception {
        final String name = name(test);
        final var hints = new LinkedBlockingQueue<String>();
        try (Calls calls = open();
                Calls other = open()) {
            final Revision created = calls.swapped(name, Revision.ABSENT, Samples.first());
            try (Arbiter.Watch watch =
                    calls.arbiter().watch(name, Runnable::run, () -> hints.add(name))) {
                assertThat(hints.poll(60, TimeUnit.SECONDS)).isEqualTo(name);
                servers.killApiServer();
                servers.startApiServer();
                assertThat(hints.poll(60, TimeUnit.SECONDS)).isEqualTo(name);
                other.swapped(name, created, Samples.next(Samples.first(), 1, 3));
                assertThat(hints.poll(60, TimeUnit.SECONDS)).isEqualTo(name);
            }
        }
    }

    @Test
    void changeGivenToAFrozenServerIsUnknownAndTheNextReadSettlesIt(TestInfo test)
            throws IOException {
        final String name = name(test);
        final Duration little = Duration.ofMillis(800);
        try (Calls hasty =
                        new Calls(
                                new LeaseArbiter(
                                        servers.settings("hastd").withTimeouts(little, little)));
                Calls patient = open()) {
            final Revision created = patient.swapped(name, Revision.ABSENT, Samples.first());
            readThrough(hasty, name);
            servers.freezeApiServer(true);
            final var outcome = hasty.swap(name, created, Samples.next(Samples.first(), 1, 3));
            servers.freezeApiServer(false);
            assertThat(outcome).isInstanceOf(ArbiterOutcome.Unknown.class);
            // Whichever way it went, the version that the lost change names is past.
            final ArbiterOutcome.Read settled = readThrough(hasty, name);
            assertThat(settled.revision()).isGreaterThan(created);
            patient.swapped(
                    name,
                    settled.revision(),
                    Samples.next(settled.configuration().orElseThrow(), 0, 4));
        }
    }

    @Test
    void changeThatWaitsForAFrozenStoreIsUnknownAndTheNextReadSettlesIt(TestInfo test)
            throws IOException {
        final String name = name(test);
        final Duration little = Duration.ofMillis(800);
        try (Calls hasty =
                        new Calls(
                                new LeaseArbiter(
                                        servers.settings("hastd").withTimeouts(little, little)));
                Calls patient = open()) {
            final Revision created = patient.swapped(name, Revision.ABSENT, Samples.first());
            readThrough(hasty, name);
            servers.freezeEtcd(true);
            final var outcome = hasty.swap(name, created, Samples.next(Samples.first(), 1, 3));
            servers.freezeEtcd(false);
            assertThat(outcome).isInstanceOf(ArbiterOutcome.Unknown.class);
            final ArbiterOutcome.Read settled = readThrough(hasty, name);
            assertThat(settled.revision()).isGreaterThan(created);
            assertThat(patient.found(name)).isEqualTo(settled);
        }
    }

    private static ArbiterOutcome.Read readThrough(Calls hasty, String name) {
        ArbiterOutcome.OfRead read = hasty.read(name);
        while (!(read instanceof ArbiterOutcome.Read)) {
            read = hasty.read(name);
        }
        return (ArbiterOutcome.Read) read;
    }

    @Test
    void changeOfALeaseDeletedByHandMakesNoNewOne(TestInfo test) throws IOException {
        final String name = name(test);
        try (Calls calls = open()) {
            final Revision created = calls.swapped(name, Revision.ABSENT, Samples.first());
            delete(name);
            assertThat(calls.swap(name, created, Samples.next(Samples.first(), 1, 3)))
                    .isInstanceOf(ArbiterOutcome.Conflict.class);
            assertThat(leases("get", Lease.nameOf(name), "--ignore-not-found")).isEmpty();
        }
    }

    @Test
    void leaseMadeAgainByHandFromACopyIsSaid(TestInfo test) throws IOException {
        final String name = name(test);
        try (Calls calls = open()) {
            final var second = Samples.next(Samples.first(), 1, 3);
            Revision now = calls.swapped(name, Revision.ABSENT, Samples.first());
            now = calls.swapped(name, now, second);
            final String copy = leases("get", Lease.nameOf(name), "-o", "json");
            calls.swapped(name, now, Samples.next(second, 0, 4));
            delete(name);
            final ObjectNode again = (ObjectNode) LeaseAnswer.JSON.readTree(copy);
            ((ObjectNode) again.get("metadata")).remove("resourceVersion");
            servers.kubectlWith(again.toString(), "create", "-f", "-");
            try (Calls other = open()) {
                assertThat(refused(other.read(name)))
                        .contains("deleted and made again by hand from a copy");
            }
        }
    }

    @Test
    void leaseEditedByHandIsSaidUntilItIsPutBack(TestInfo test) throws IOException {
        final String name = name(test);
        try (Calls calls = open()) {
            final Revision created = calls.swapped(name, Revision.ABSENT, Samples.first());
            patch(name, "{\"spec\": {\"holderIdentity\": \"gamma\"}}");
            assertThat(refused(calls.read(name))).contains("edited by hand", "holder 'gamma'");
            assertThat(refused(calls.swap(name, created, Samples.next(Samples.first(), 1, 3))))
                    .contains("edited by hand");
            patch(name, "{\"spec\": {\"holderIdentity\": \"alpha\"}}");
            assertThat(calls.found(name).configuration()).contains(Samples.first());
        }
    }

    private void patch(String name, String patch) throws IOException {
        leases("patch", Lease.nameOf(name), "--type=merge", "-p", patch);
    }

    @Test
    void whoMayNotIsToldWhatToAllow(TestInfo test) throws IOException {
        final String name = name(test);
        try (Calls stranger = open("stranger");
                Calls reader = open("reader");
                Calls calls = open()) {
            assertThat(refused(stranger.read(name)))
                    .contains(
                            "cannot get resource",
                            "allow hastd to get, list, watch, create and update leases",
                            ApiServers.NAMESPACE);
            assertThat(refused(stranger.swap(name, Revision.ABSENT, Samples.first())))
                    .contains("cannot create resource");
            final Revision created = calls.swapped(name, Revision.ABSENT, Samples.first());
            assertThat(reader.found(name).revision()).isEqualTo(created);
            assertThat(refused(reader.swap(name, created, Samples.next(Samples.first(), 1, 3))))
                    .contains("cannot update resource");
        }
    }

    @Test
    void tokenThatWasReplacedOnDiskIsUsedWithoutARestart(TestInfo test, @TempDir Path directory)
            throws IOException {
        final String name = name(test);
        final Path file = directory.resolve("token");
        Files.writeString(file, "of-yesterday");
        final LeaseSettings settings =
                new LeaseSettings(
                        servers.address(),
                        ApiServers.NAMESPACE,
                        Optional.of(file),
                        servers.settings("hastd").tls(),
                        PATIENT_ATTEMPT,
                        PATIENT_CALL);
        try (Calls calls = new Calls(new LeaseArbiter(settings))) {
            assertThat(refused(calls.read(name))).contains("401", "check the token file");
            Files.writeString(file, "hastd");
            calls.swapped(name, Revision.ABSENT, Samples.first());
        }
    }

    @Test
    void clientCertificateStandsInForAToken(TestInfo test) {
        final String name = name(test);
        final var own = servers.certificates().client();
        final LeaseSettings settings =
                new LeaseSettings(
                        servers.address(),
                        ApiServers.NAMESPACE,
                        Optional.empty(),
                        Optional.of(
                                new LeaseSettings.Tls(
                                        servers.certificates().authority(),
                                        Optional.of(
                                                new LeaseSettings.Identity(
                                                        own.certificate(), own.key())))),
                        PATIENT_ATTEMPT,
                        PATIENT_CALL);
        try (Calls calls = new Calls(new LeaseArbiter(settings))) {
            calls.swapped(name, Revision.ABSENT, Samples.first());
        }
    }

    @Test
    void serverOfAnotherAuthorityIsNotTrustedUntilTheFileIsReplaced(
            TestInfo test, @TempDir Path directory) throws IOException {
        final Path file = directory.resolve("ca.pem");
        Files.copy(TestCertificates.in(directory.resolve("other")).authority(), file);
        final LeaseSettings settings =
                new LeaseSettings(
                        servers.address(),
                        ApiServers.NAMESPACE,
                        Optional.of(servers.token("hastd")),
                        Optional.of(new LeaseSettings.Tls(file, Optional.empty())),
                        PATIENT_ATTEMPT,
                        PATIENT_CALL);
        try (Calls calls = new Calls(new LeaseArbiter(settings))) {
            assertThat(calls.read(name(test)))
                    .isInstanceOfSatisfying(
                            ArbiterOutcome.Unavailable.class,
                            outcome ->
                                    assertThat(outcome.cause())
                                            .contains(
                                                    "no trusted connection",
                                                    "check the arbiter's TLS files"));
            Files.write(file, Files.readAllBytes(servers.certificates().authority()));
            calls.found(name(test));
        }
    }

    @Test
    void namespaceThatIsMissingIsSaid(TestInfo test) {
        final LeaseSettings settings =
                new LeaseSettings(
                        servers.address(),
                        "nowhere",
                        Optional.of(servers.token("admin")),
                        servers.settings("hastd").tls(),
                        PATIENT_ATTEMPT,
                        PATIENT_CALL);
        try (Calls calls = new Calls(new LeaseArbiter(settings))) {
            assertThat(refused(calls.swap(name(test), Revision.ABSENT, Samples.first())))
                    .contains("namespaces \"nowhere\" not found");
        }
    }

    @Test
    void storeSetBackToAnOlderCopyIsSaidByWhoKnewTheNewerOne(TestInfo test) throws IOException {
        final String name = name(test);
        try (Calls calls = open()) {
            final var second = Samples.next(Samples.first(), 1, 3);
            final Revision created = calls.swapped(name, Revision.ABSENT, Samples.first());
            servers.killApiServer();
            servers.killEtcd();
            servers.copyStore("etcd-data", "etcd-copy");
            servers.start();
            final Revision changed = calls.swapped(name, created, second);
            servers.killApiServer();
            servers.killEtcd();
            servers.copyStore("etcd-copy", "etcd-data");
            servers.start();
            assertThat(refused(calls.read(name)))
                    .contains("has gone back from resourceVersion " + changed);
            assertThat(refused(calls.swap(name, changed, Samples.next(second, 0, 4))))
                    .contains("has gone back");
            // What a person does about it.
            delete(name);
            calls.swapped(name, Revision.ABSENT, Samples.next(second, 0, 4));
        }
    }

    @Test
    void leaseIsReadableWithKubectl(TestInfo test) throws IOException {
        final String name = name(test);
        try (Calls calls = open()) {
            calls.swapped(name, Revision.ABSENT, Samples.first());
        }
        assertThat(leases("get", "-l", "hast.dev/register=configuration"))
                .containsPattern(Lease.nameOf(name) + " +alpha ");
    }
}
