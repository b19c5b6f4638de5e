package dev.hast.operator.plan;

import java.math.BigDecimal;

/// Numbers of bytes as objects write them: `10Gi`, `512M`, `4096`.
public final class ByteText {

    private static final String UNITS = "KMGTPE";

    private ByteText() {}

    /// Of a text that the API server has let through.
    public static long parse(String text) {
        final int unit = firstLetter(text);
        final BigDecimal number = new BigDecimal(text.substring(0, unit));
        final String suffix = text.substring(unit);
        if (suffix.isEmpty()) {
            return number.longValueExact();
        }
        final int power = UNITS.indexOf(Character.toUpperCase(suffix.charAt(0))) + 1;
        final BigDecimal base = BigDecimal.valueOf(suffix.endsWith("i") ? 1024 : 1000);
        return number.multiply(base.pow(power)).longValueExact();
    }

    private static int firstLetter(String text) {
        int at = 0;
        while (at < text.length() && !Character.isLetter(text.charAt(at))) {
            at++;
        }
        return at;
    }

    /// The shortest text of the same number: `10Gi`, `1536Mi`, `4097`.
    public static String of(long bytes) {
        final int power =
                bytes == 0 ? 0 : Math.min(Long.numberOfTrailingZeros(bytes) / 10, UNITS.length());
        return power == 0
                ? Long.toString(bytes)
                : (bytes >> 10 * power) + UNITS.substring(power - 1, power) + "i";
    }
}
