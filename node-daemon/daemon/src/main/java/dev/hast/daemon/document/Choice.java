package dev.hast.daemon.document;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// Words that a field may hold: the constants of an enum, in lower case. `FULLSYNC` is written
/// `fullsync`.
final class Choice {

    private Choice() {}

    static <E extends Enum<E>> Optional<E> of(Class<E> type, String text) {
        return Arrays.stream(type.getEnumConstants()).filter(c -> text(c).equals(text)).findFirst();
    }

    static String text(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /// `none, hole, lz4 or zstd`.
    static String all(Class<? extends Enum<?>> type) {
        var words = Arrays.stream(type.getEnumConstants()).map(Choice::text).toList();
        return Sentence.either(words);
    }
}
