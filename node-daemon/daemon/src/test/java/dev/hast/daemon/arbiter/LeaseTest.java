package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.hast.core.configuration.Configuration;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LeaseTest {

    private static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Path GOLDEN =
            Path.of("src/test/resources/dev/hast/daemon/arbiter/lease.json");
    private static final LeaseAnswer.Asked READ =
            new LeaseAnswer.Asked("10.0.0.1:6443", "hast-system", "resource-data", false);
    private static final LeaseAnswer.Asked CHANGE =
            new LeaseAnswer.Asked("10.0.0.1:6443", "hast-system", "resource-data", true);

    private static JsonNode golden() throws Exception {
        return JSON.readTree(Files.readAllBytes(GOLDEN));
    }

    @Test
    void layoutIsTheOneOfTheGoldenFile() throws Exception {
        final Lease stored = Lease.parse(golden());
        assertThat(stored.configuration()).isEqualTo(Samples.next(Samples.first(), 1, 0xf9));
        assertThat(stored.revision()).isEqualTo(new Revision(4711));
        final ObjectNode written =
                stored.replacement(LeaseObjects.text(stored.configuration()), "00000000000000ff");
        final ObjectNode expected = (ObjectNode) golden();
        final ObjectNode metadata = (ObjectNode) expected.get("metadata");
        metadata.remove("managedFields");
        ((ObjectNode) metadata.get("annotations"))
                .put(Lease.CHANGE, "00000000000000ff")
                .put(Lease.REPLACES, "4711");
        assertThat(JSON.readTree(written.toString())).isEqualTo(expected);
    }

    @Test
    void epochBeyond31BitsShowsItsLowerPart() throws Exception {
        final Configuration first = Samples.first();
        final Configuration old =
                new Configuration(
                        first.resource(),
                        (1L << 33) + 5,
                        Configuration.NOBODY,
                        first.inSync(),
                        first.members(),
                        first.size(),
                        first.reigns());
        final JsonNode object = LeaseObjects.of(old);
        assertThat(object.at("/spec/leaseTransitions").asLong()).isEqualTo(5);
        assertThat(object.at("/spec/holderIdentity").isMissingNode()).isTrue();
        ((ObjectNode) object.get("metadata")).put("uid", "u").put("resourceVersion", "9");
        assertThat(Lease.parse(object).configuration()).isEqualTo(old);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "a7", "9223372036854775808", "1.5"})
    void versionThatIsNoNumberIsNotUsed(String version) throws Exception {
        final ObjectNode object = (ObjectNode) golden();
        ((ObjectNode) object.get("metadata")).put("resourceVersion", version);
        assertThatThrownBy(() -> Lease.parse(object)).hasMessageContaining("must be a number");
    }

    /// Only these may ever mean that a change which was sent had no effect.
    @ParameterizedTest
    @CsvSource({
        "400, Rejected",
        "401, TokenStale",
        "403, Rejected",
        "404, Rejected",
        "405, Rejected",
        "409, Conflict",
        "413, Rejected",
        "415, Rejected",
        "422, Rejected",
        "429, Throttled",
        "200, Lost",
        "201, Lost",
        "202, Lost",
        "204, Lost",
        "307, Rejected",
        "408, Lost",
        "410, Lost",
        "418, Lost",
        "423, Lost",
        "499, Lost",
        "500, Lost",
        "501, Lost",
        "502, Lost",
        "503, Lost",
        "504, Lost",
        "520, Lost",
        "599, Lost"
    })
    void changeIsLostUnlessTheStatusSaysOtherwise(int status, String kind) {
        final LeaseAnswer answer =
                LeaseAnswer.ofResponse(
                        CHANGE, status, Optional.empty(), "{}".getBytes(StandardCharsets.UTF_8));
        assertThat(answer.getClass().getSimpleName()).isEqualTo(kind);
    }

    @Test
    void onlyTheApiServersOwnWordMeansThatThereIsNoLease() {
        final JsonNode status =
                LeaseStoreModel.status(404, "NotFound", "not found", "resource-data").body();
        assertThat(answer(READ, 404, status)).isInstanceOf(LeaseAnswer.Absent.class);
        assertThat(answer(READ, 404, LeaseStoreModel.status(404, "NotFound", "", "other").body()))
                .isInstanceOf(LeaseAnswer.Rejected.class);
        assertThat(answer(READ, 404, JSON.createObjectNode()))
                .isInstanceOf(LeaseAnswer.Rejected.class);
        assertThat(answer(READ, 200, status)).isInstanceOf(LeaseAnswer.Rejected.class);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "7, 7", "999999999, 60", "soon, 1", "'', 1"})
    void pauseIsTheServersUpToABound(String header, int seconds) {
        final var answer =
                (LeaseAnswer.Throttled)
                        LeaseAnswer.ofResponse(CHANGE, 429, Optional.of(header), new byte[0]);
        assertThat(answer.pause()).hasSeconds(seconds);
    }

    private static LeaseAnswer answer(LeaseAnswer.Asked asked, int status, JsonNode body) {
        return LeaseAnswer.ofResponse(
                asked, status, Optional.empty(), body.toString().getBytes(StandardCharsets.UTF_8));
    }
}
