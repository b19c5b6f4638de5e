package dev.hast.daemon.document;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Pattern;

/// A number of bytes, as documents and the command line write it: `10Gi`, `512Mi`, `1.5Gi`, `4096`.
///
/// `Ki Mi Gi Ti Pi Ei` are powers of 1024, `k M G T P E` powers of 1000, as in Kubernetes. Never
/// negative.
///
/// @param bytes the number of bytes
public record ByteCount(long bytes) implements Comparable<ByteCount> {

    private static final Pattern FORM =
            Pattern.compile("([0-9]{1,19}(?:\\.[0-9]{1,9})?)(|[kMGTPE]|[KMGTPE]i)");
    private static final String BINARY_UNITS = "KMGTPE";
    private static final String DECIMAL_UNITS = "kMGTPE";

    public ByteCount {
        if (bytes < 0) {
            throw new IllegalArgumentException("a byte count can't be negative: " + bytes);
        }
    }

    public static ByteCount of(long bytes) {
        return new ByteCount(bytes);
    }

    /// Reads a quantity.
    ///
    /// @throws IllegalArgumentException when the text isn't one, isn't a whole number of bytes, or
    ///   is too large; the message says which, and fits after "size: "
    public static ByteCount parse(String text) {
        var matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "\"" + text + "\" is not a quantity of bytes such as 10Gi, 512Mi or 4096");
        }
        var value =
                new BigDecimal(matcher.group(1))
                        .multiply(BigDecimal.valueOf(factor(matcher.group(2))));
        if (value.stripTrailingZeros().scale() > 0) {
            throw new IllegalArgumentException("\"" + text + "\" is not a whole number of bytes");
        }
        if (value.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) > 0) {
            throw new IllegalArgumentException("\"" + text + "\" is more than 8Ei");
        }
        return new ByteCount(value.longValueExact());
    }

    private static long factor(String unit) {
        if (unit.isEmpty()) {
            return 1;
        }
        if (unit.length() == 2) {
            return 1L << (10 * (BINARY_UNITS.indexOf(unit.charAt(0)) + 1));
        }
        long factor = 1;
        for (int i = 0; i <= DECIMAL_UNITS.indexOf(unit.charAt(0)); i++) {
            factor *= 1000;
        }
        return factor;
    }

    /// The shortest text that [#parse] reads back as the same number: `10Gi`, `1536Mi`, `4097`.
    public String text() {
        if (bytes == 0) {
            return "0";
        }
        int power = Math.min(Long.numberOfTrailingZeros(bytes) / 10, BINARY_UNITS.length());
        if (power == 0) {
            return Long.toString(bytes);
        }
        return (bytes >> (10 * power)) + BINARY_UNITS.substring(power - 1, power) + "i";
    }

    /// About three digits for people, not for reading back: `10.0 GiB`, `1.46 TiB`, `512 B`.
    public String human() {
        if (bytes < 1024) {
            return bytes + " B";
        }
        double value = bytes;
        int power = 0;
        while (value >= 999.5 && power < BINARY_UNITS.length()) {
            value /= 1024;
            power++;
        }
        int digits = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
        return String.format(
                Locale.ROOT, "%." + digits + "f %ciB", value, BINARY_UNITS.charAt(power - 1));
    }

    public boolean isPowerOfTwo() {
        return Long.bitCount(bytes) == 1;
    }

    @Override
    public int compareTo(ByteCount other) {
        return Long.compare(bytes, other.bytes);
    }

    @Override
    public String toString() {
        return text();
    }
}
