package dev.hast.core.configuration;

import java.util.HexFormat;

/// The identity of a resource for its whole life: 128 random bits, drawn once when its first
/// configuration is made.
///
/// Guards against a provider of another resource that carries the same name.
public record ResourceId(long high, long low) {

    /// What a blank replica says of itself: it belongs to no resource yet.
    public static final ResourceId NONE = new ResourceId(0, 0);

    public boolean isNone() {
        return high == 0 && low == 0;
    }

    @Override
    public String toString() {
        return HexFormat.of().toHexDigits(high) + HexFormat.of().toHexDigits(low);
    }

    /// Reads what [#toString] writes.
    public static ResourceId parse(String text) {
        if (!text.matches("[0-9a-f]{32}")) {
            throw new IllegalArgumentException(
                    "a resource id is 32 hexadecimal digits, not '" + text + "'");
        }
        return new ResourceId(
                Long.parseUnsignedLong(text.substring(0, 16), 16),
                Long.parseUnsignedLong(text.substring(16), 16));
    }
}
