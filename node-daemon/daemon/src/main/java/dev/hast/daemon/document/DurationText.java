package dev.hast.daemon.document;

import java.time.Duration;
import java.util.regex.Pattern;

/// Durations as documents and the command line write them: `3s`, `500ms`, `1m30s`, `2h`.
public final class DurationText {

    private static final Pattern FORM =
            Pattern.compile(
                    "(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m(?!s))?(?:([0-9]{1,9})s)?(?:([0-9]{1,9})ms)?");

    private DurationText() {}

    /// Reads a duration.
    ///
    /// @throws IllegalArgumentException when the text isn't one; the message fits after "timeout: "
    public static Duration parse(String text) {
        var matcher = FORM.matcher(text);
        if (text.isEmpty() || !matcher.matches()) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a duration such as 3s, 500ms or 1m30s");
        }
        return Duration.ofHours(number(matcher.group(1)))
                .plusMinutes(number(matcher.group(2)))
                .plusSeconds(number(matcher.group(3)))
                .plusMillis(number(matcher.group(4)));
    }

    @SuppressWarnings(
            "NullAway") // a group of the pattern that took no part is null, which is what this asks
    // about
    private static long number(String group) {
        return group == null ? 0 : Long.parseLong(group);
    }

    /// The shortest text that [#parse] reads back as the same number of milliseconds.
    public static String text(Duration duration) {
        var out = new StringBuilder();
        if (duration.toHours() > 0) {
            out.append(duration.toHours()).append('h');
        }
        if (duration.toMinutesPart() > 0) {
            out.append(duration.toMinutesPart()).append('m');
        }
        if (duration.toSecondsPart() > 0) {
            out.append(duration.toSecondsPart()).append('s');
        }
        if (duration.toMillisPart() > 0) {
            out.append(duration.toMillisPart()).append("ms");
        }
        return out.isEmpty() ? "0s" : out.toString();
    }
}
