package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.Member;
import dev.hast.core.configuration.Reign;
import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.configuration.ResourceId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ConfigurationCodecTest {

    /// The text that a person sees in `etcdctl get`. A change of it is a change of format: raise
    /// the version.
    private static final String GOLDEN =
            """
            {
              "version": 1,
              "features": [],
              "resource": "0123456789abcdeffedcba9876543210",
              "epoch": 2,
              "primary": 1,
              "inSync": [0, 1],
              "members": [
                {"slot": 0, "node": "alpha"},
                {"slot": 1, "node": "beta"}
              ],
              "size": 1073741824,
              "reigns": [
                {"tag": "00000000000000a1", "firstEpoch": 1, "basis": 0, "forced": false},
                {"tag": "fffffffffffffff9", "firstEpoch": 2, "basis": 1, "forced": false}
              ]
            }
            """;

    @Test
    void recordIsTextThatAPersonCanRead() {
        assertThat(text(Samples.next(Samples.first(), 1, -7))).isEqualTo(GOLDEN);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void everyConfigurationComesBackAsItWas(long seed) throws Exception {
        final var random = new Random(seed);
        for (int i = 0; i < 50; i++) {
            final Configuration configuration = any(random);
            final byte[] bytes = ConfigurationCodec.encode(configuration);
            assertThat(ConfigurationCodec.decode(bytes)).isEqualTo(configuration);
            assertThat(bytes.length).isLessThan(ConfigurationCodec.BYTES_MAX / 3);
        }
    }

    @Test
    void configurationWithoutAPrimarySaysNull() throws Exception {
        final Configuration nobody = Samples.next(Samples.first(), Configuration.NOBODY, 5);
        assertThat(text(nobody)).contains("\"primary\": null");
        assertThat(ConfigurationCodec.decode(ConfigurationCodec.encode(nobody))).isEqualTo(nobody);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    "version": 1            | "version": 2            | knows version 1 only
                    "version": 1            | "version": "1"          | the field version is not a whole number
                    "features": []          | "features": ["a", "b"]  | does not know: a, b
                    "features": []          | "features": {}          | the field features is not a list
                    "features": [],         | ''                      | the field features is not a list
                    "epoch": 2              | "epoch": 2.5            | the field epoch is not a whole number
                    "epoch": 2              | "epoch": 9223372036854775808 | the field epoch is not a whole number
                    "epoch": 2              | "epoch": 0              | not a configuration: epoch 0
                    "epoch": 2              | "epoch": 2, "epoch": 3  | Duplicate field 'epoch'
                    "epoch": 2,             | ''                      | lacks the fields [epoch]
                    "epoch": 2              | "epoch": 2, "era": 3    | has the unknown fields [era]
                    "primary": 1            | "primary": 8            | slots are 0 to 7
                    "primary": 1            | "primary": "beta"       | slots are 0 to 7
                    "primary": 1            | "primary": 3            | primary 3 is not in the in-sync set
                    "inSync": [0, 1]        | "inSync": []            | is empty or names slots without a member
                    "inSync": [0, 1]        | "inSync": [0, 1, 2]     | names slots without a member
                    "inSync": [0, 1]        | "inSync": 3             | the field inSync is not a list
                    "slot": 1               | "slot": 0               | two members in slot 0
                    "node": "beta"          | "node": ""              | a node name has
                    "node": "beta"          | "name": "beta"          | a member lacks the fields [node] and has the unknown fields [name]
                    fffffffffffffff9        | f9                      | a reign's tag is 16 hexadecimal digits
                    "forced": false}        | "forced": 0}            | forced is true or false
                    0123456789abcdef        | 0123456789ABCDEF        | a resource id is 32 hexadecimal digits
                    "size": 1073741824      | "size": -1              | size -1
                    """)
    void damagedRecordIsRefusedWithTheReason(String from, String to, String reason) {
        final String damaged = GOLDEN.replace(from, to);
        assertThat(damaged).isNotEqualTo(GOLDEN);
        assertThatThrownBy(
                        () -> ConfigurationCodec.decode(damaged.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(UnreadableRecordException.class)
                .hasMessageContaining(reason);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "7",
                "[]",
                "\"x\"",
                "{",
                "{} {}",
                "{\"version\": 1} trailing",
                "\u0000\u0001"
            })
    void whatIsNoRecordIsRefused(String text) {
        assertThatThrownBy(() -> ConfigurationCodec.decode(text.getBytes(StandardCharsets.UTF_8)))
                .isInstanceOf(UnreadableRecordException.class);
    }

    @Test
    void everyTruncationIsRefused() {
        for (int length = 0; length < GOLDEN.length() - 2; length++) {
            final byte[] cut = GOLDEN.substring(0, length).getBytes(StandardCharsets.UTF_8);
            assertThatThrownBy(() -> ConfigurationCodec.decode(cut))
                    .isInstanceOf(UnreadableRecordException.class);
        }
    }

    @Test
    void deepNestingIsRefusedWithoutHarm() {
        final byte[] deep = "[".repeat(60_000).getBytes(StandardCharsets.UTF_8);
        assertThatThrownBy(() -> ConfigurationCodec.decode(deep))
                .isInstanceOf(UnreadableRecordException.class);
    }

    private static String text(Configuration configuration) {
        return new String(ConfigurationCodec.encode(configuration), StandardCharsets.UTF_8);
    }

    private static Configuration any(Random random) {
        final List<Member> members = new ArrayList<>();
        final int count = 1 + random.nextInt(ReplicaSet.SLOTS);
        for (int slot = 0; slot < count; slot++) {
            final String odd =
                    switch (random.nextInt(3)) {
                        case 0 -> "node-" + slot;
                        case 1 -> "\"\\\u0001\u00e4".repeat(50);
                        default -> "n".repeat(253);
                    };
            members.add(new Member(slot, odd));
        }
        final List<Reign> reigns = new ArrayList<>();
        for (int i = 0; i <= random.nextInt(Configuration.REIGNS_MAX); i++) {
            reigns.add(
                    new Reign(
                            random.nextLong(),
                            random.nextLong(),
                            random.nextLong(),
                            random.nextBoolean()));
        }
        return new Configuration(
                new ResourceId(random.nextLong(), random.nextLong()),
                1 + random.nextLong(Long.MAX_VALUE),
                random.nextBoolean() ? 0 : Configuration.NOBODY,
                new ReplicaSet(1 | random.nextInt(1 << count)),
                members,
                1 + random.nextLong(Long.MAX_VALUE - 1),
                reigns);
    }
}
