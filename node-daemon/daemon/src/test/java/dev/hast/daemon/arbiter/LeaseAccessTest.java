package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hast.daemon.document.NodeDocument;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Who we say we are to the API server, and where we look for it.
final class LeaseAccessTest {

    private static final Map<String, String> POD =
            Map.of("KUBERNETES_SERVICE_HOST", "10.96.0.1", "KUBERNETES_SERVICE_PORT", "443");
    private static final NodeDocument.LeaseArbiter BARE =
            new NodeDocument.LeaseArbiter(
                    Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty());

    @Test
    void tokenThatWasReplacedOnDiskIsUsedWithoutARestart(@TempDir Path directory) throws Exception {
        final Path file = directory.resolve("token");
        Files.writeString(file, "first\n");
        try (UnreliableApiServer server = new UnreliableApiServer()) {
            server.requireToken("first");
            final var settings =
                    new LeaseSettings(
                            server.address(),
                            UnreliableApiServer.NAMESPACE,
                            Optional.of(file),
                            Optional.empty(),
                            Duration.ofSeconds(10),
                            Duration.ofSeconds(30));
            try (Calls calls = new Calls(new LeaseArbiter(settings))) {
                calls.found("data");
                server.requireToken("second");
                assertThat(ArbiterConformance.refused(calls.read("data")))
                        .contains("401", "check the token file");
                Files.writeString(file, "second\n");
                final Revision created = calls.swapped("data", Revision.ABSENT, Samples.first());
                Files.writeString(file, "two words");
                assertThat(calls.read("data"))
                        .isInstanceOfSatisfying(
                                ArbiterOutcome.Unavailable.class,
                                outcome ->
                                        assertThat(outcome.cause())
                                                .contains(file.toString(), "holds no token"));
                Files.delete(file);
                assertThat(calls.swap("data", created, Samples.next(Samples.first(), 1, 2)))
                        .isInstanceOfSatisfying(
                                ArbiterOutcome.Unavailable.class,
                                outcome ->
                                        assertThat(outcome.cause())
                                                .contains(file.toString(), "is not there"));
            }
        }
    }

    @Test
    void whatTheDocumentLeavesOutIsAsInAPod(@TempDir Path account) throws Exception {
        Files.writeString(account.resolve("namespace"), "hast-system\n");
        assertThat(PodEnvironment.settings(BARE, POD, account))
                .isEqualTo(
                        LeaseSettings.of(
                                URI.create("https://10.96.0.1:443"),
                                "hast-system",
                                Optional.of(account.resolve("token")),
                                Optional.of(
                                        new LeaseSettings.Tls(
                                                account.resolve("ca.crt"), Optional.empty()))));
        final var six = Map.of("KUBERNETES_SERVICE_HOST", "fd00::1");
        assertThat(PodEnvironment.settings(BARE, six, account).server())
                .isEqualTo(URI.create("https://[fd00::1]:443"));
    }

    @Test
    void whatIsNeitherInTheDocumentNorInAPodIsNamed(@TempDir Path nothing) {
        assertThatThrownBy(() -> PodEnvironment.settings(BARE, Map.of(), nothing))
                .hasMessageContainingAll("arbiter.server", "KUBERNETES_SERVICE_HOST");
        assertThatThrownBy(() -> PodEnvironment.settings(BARE, POD, nothing))
                .hasMessageContainingAll("arbiter.namespace", nothing.toString());
    }

    @Test
    void clientCertificateStandsInForTheToken(@TempDir Path account) {
        final var tls =
                new NodeDocument.LeaseTls(
                        Optional.empty(), Optional.of(Path.of("/c")), Optional.of(Path.of("/k")));
        final var document =
                new NodeDocument.LeaseArbiter(
                        Optional.of("hast"),
                        Optional.of("https://10.0.0.1:6443"),
                        Optional.empty(),
                        Optional.of(tls));
        final LeaseSettings settings = PodEnvironment.settings(document, Map.of(), account);
        assertThat(settings.tokenFile()).isEmpty();
        assertThat(settings.tls().orElseThrow().identity())
                .contains(new LeaseSettings.Identity(Path.of("/c"), Path.of("/k")));
    }

    @ParameterizedTest
    @CsvSource({
        "ftp://10.0.0.1, hast, false, give it as https://host:port",
        "http://10.0.0.1:80, hast, true, TLS files are given",
        "https://10.0.0.1, Hast, false, a namespace is 1 to 63",
    })
    void settingsThatCannotBeMeantAreRefused(
            String server, String namespace, boolean tls, String reason) {
        final Optional<LeaseSettings.Tls> files =
                tls
                        ? Optional.of(new LeaseSettings.Tls(Path.of("/ca"), Optional.empty()))
                        : Optional.empty();
        assertThatThrownBy(() ->
                        LeaseSettings.of(URI.create(server), namespace, Optional.empty(), files))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void nameThatKubernetesCannotHaveIsRefused() throws Exception {
        try (UnreliableApiServer server = new UnreliableApiServer();
                Calls calls = new Calls(new LeaseArbiter(server.settings()))) {
            assertThat(
                            ArbiterConformance.refused(
                                    calls.swap("Data_1", Revision.ABSENT, Samples.first())))
                    .contains("'Data_1'", "lower-case letters");
        }
    }
}
