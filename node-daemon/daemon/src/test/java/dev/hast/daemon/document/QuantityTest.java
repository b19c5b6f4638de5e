package dev.hast.daemon.document;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class QuantityTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0, 0, 0 B",
        "1, 1, 1, 1 B",
        "4096, 4096, 4Ki, 4.00 KiB",
        "10Gi, 10737418240, 10Gi, 10.0 GiB",
        "1.5Gi, 1610612736, 1536Mi, 1.50 GiB",
        "512Mi, 536870912, 512Mi, 512 MiB",
        "1k, 1000, 1000, 1000 B",
        "2T, 2000000000000, 1953125000Ki, 1.82 TiB",
        "1023Mi, 1072693248, 1023Mi, 1.00 GiB",
        "9223372036854775807, 9223372036854775807, 9223372036854775807, 8.00 EiB",
        "7Ei, 8070450532247928832, 7Ei, 7.00 EiB",
    })
    void quantityIsReadAndWrittenBack(String text, long bytes, String canonical, String human) {
        var count = ByteCount.parse(text);
        assertThat(count.bytes()).isEqualTo(bytes);
        assertThat(count.text()).isEqualTo(canonical);
        assertThat(ByteCount.parse(count.text())).isEqualTo(count);
        assertThat(count.human()).isEqualTo(human);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Gi",
                "10 Gi",
                "-1",
                "1e3",
                "10GB",
                "10gi",
                "0.3",
                "8Ei",
                "99999999999999999999",
                "1.Gi"
            })
    void whatIsNoQuantityIsRefused(String text) {
        assertThatThrownBy(() -> ByteCount.parse(text))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "3s, 3000, 3s",
        "500ms, 500, 500ms",
        "1m30s, 90000, 1m30s",
        "2h, 7200000, 2h",
        "90m, 5400000, 1h30m",
        "0s, 0, 0s",
        "1500ms, 1500, 1s500ms",
        "5m, 300000, 5m"
    })
    void durationIsReadAndWrittenBack(String text, long millis, String canonical) {
        var duration = DurationText.parse(text);
        assertThat(duration).isEqualTo(Duration.ofMillis(millis));
        assertThat(DurationText.text(duration)).isEqualTo(canonical);
        assertThat(DurationText.parse(canonical)).isEqualTo(duration);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "3", "s", "3 s", "-3s", "3sec", "1s1m", "1.5s"})
    void whatIsNoDurationIsRefused(String text) {
        assertThatThrownBy(() -> DurationText.parse(text))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.1, 10.0.0.1:7",
        "10.0.0.1:80, 10.0.0.1:80",
        "[::1], [::1]:7",
        "[fe80::1%eth0]:9, [fe80::1%eth0]:9",
        "hast-a.example.org:8457, hast-a.example.org:8457"
    })
    void endpointIsReadAndWrittenBack(String text, String canonical) {
        assertThat(Endpoint.parse(text, 7).text()).isEqualTo(canonical);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":80",
                "host:",
                "host:0",
                "host:65536",
                "::1",
                "ho st",
                "[::1",
                "-a",
                "a_:1x"
            })
    void whatIsNoEndpointIsRefused(String text) {
        assertThatThrownBy(() -> Endpoint.parse(text, 7))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
