package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hast.daemon.document.NodeDocument;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ArbitersTest {

    private static final Path CA = Path.of("/etc/hast/etcd-ca.pem");

    @Test
    void eachKindIsOpenedFromItsDocument(@TempDir Path directory) throws Exception {
        try (Arbiter etcd = Arbiters.open(etcd("http://127.0.0.1:2379", Optional.empty()));
                Arbiter file =
                        Arbiters.open(
                                new NodeDocument.FileArbiter(directory.resolve("new/arbiter")));
                Arbiter none = Arbiters.open(new NodeDocument.NoArbiter())) {
            assertThat(List.of(etcd.kind(), file.kind(), none.kind()))
                    .containsExactly(ArbiterKind.ETCD, ArbiterKind.FILE, ArbiterKind.NONE);
        }
    }

    @Test
    void keyIsThePrefixOfTheDocumentAndTheName() {
        assertThat(Arbiters.settings(etcd("http://127.0.0.1:2379", Optional.empty())).key("data"))
                .isEqualTo("/hast/resources/data");
    }

    @Test
    void httpsNeedsNoFilesBecauseTheSystemHasAuthorities() {
        assertThat(Arbiters.settings(etcd("https://127.0.0.1:2379", Optional.empty())).tls())
                .isEmpty();
    }

    @Test
    void certificateWithoutItsKeyIsRefused() {
        final var half = new NodeDocument.EtcdTls(CA, Optional.of(CA), Optional.empty());
        assertThatThrownBy(
                        () -> Arbiters.settings(etcd("https://127.0.0.1:2379", Optional.of(half))))
                .hasMessageContaining("cert and key go together");
    }

    @ParameterizedTest
    @CsvSource({
        "//127.0.0.1:2379, false, give it as http://host:port",
        "ftp://127.0.0.1:2379, false, give it as http://host:port",
        "http://127.0.0.1, false, give it as http://host:port",
        "http://127.0.0.1:2379, true, TLS files are given",
    })
    void endpointThatCannotBeMeantIsRefused(String endpoint, boolean tls, String reason) {
        final Optional<EtcdSettings.Tls> files =
                tls ? Optional.of(new EtcdSettings.Tls(CA, Optional.empty())) : Optional.empty();
        assertThatThrownBy(() ->
                        new EtcdSettings(
                                List.of(URI.create(endpoint)),
                                EtcdSettings.PREFIX,
                                files,
                                Optional.empty(),
                                EtcdSettings.ATTEMPT_TIMEOUT,
                                EtcdSettings.TIMEOUT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(reason);
    }

    @Test
    void timeoutsMustFitIntoEachOther() {
        final var settings = EtcdSettings.of(List.of(URI.create("http://127.0.0.1:2379")));
        assertThatThrownBy(
                        () -> settings.withTimeouts(Duration.ofSeconds(2), Duration.ofSeconds(1)))
                .hasMessageContaining("one attempt takes");
        assertThatThrownBy(() -> EtcdSettings.of(List.of()))
                .hasMessageContaining("name at least one");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "..", "a/b", "../a", "-a", "a b", "\u00e4", "a\n"})
    void nameThatCouldLeaveItsPlaceIsRefused(String name) {
        assertThatThrownBy(() -> Arbiter.requireName(name))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static NodeDocument.EtcdArbiter etcd(
            String endpoint, Optional<NodeDocument.EtcdTls> tls) {
        return new NodeDocument.EtcdArbiter(
                List.of(endpoint), NodeDocument.EtcdArbiter.PREFIX_DEFAULT, tls, Optional.empty());
    }
}
