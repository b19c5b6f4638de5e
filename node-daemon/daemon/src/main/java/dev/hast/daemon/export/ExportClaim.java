package dev.hast.daemon.export;

import java.util.OptionalLong;
import java.util.regex.Pattern;

/// What a client's export name means.
///
/// | name | meaning |
/// |---|---|
/// | empty, or the export's name | this export, beside whoever uses it now |
/// | `NAME@7` | this export, as attachment generation 7: fences all earlier ones, and is refused when there is a later one |
/// | anything else | unknown |
sealed interface ExportClaim {

    /// @param generation the attachment generation that the client claims
    record Known(OptionalLong generation) implements ExportClaim {}

    record Unknown() implements ExportClaim {}

    static ExportClaim of(String asked, ExportSettings settings) {
        String name = settings.name();
        if (asked.isEmpty() || asked.equals(name)) {
            return new Known(OptionalLong.empty());
        }
        if (asked.startsWith(name + ExportSettings.GENERATION_MARK)) {
            String number = asked.substring(name.length() + 1);
            if (Digits.PATTERN.matcher(number).matches()) {
                return new Known(OptionalLong.of(Long.parseLong(number)));
            }
        }
        return new Unknown();
    }

    /// Up to 18 digits always fit a long.
    final class Digits {
        private static final Pattern PATTERN = Pattern.compile("[0-9]{1,18}");

        private Digits() {}
    }
}
