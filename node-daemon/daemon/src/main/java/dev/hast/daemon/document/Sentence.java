package dev.hast.daemon.document;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Wording of error messages: lists in words, and the nearest known word to a mistyped one.
final class Sentence {

    private Sentence() {}

    /// `a`, `a or b`, `a, b or c`.
    static String either(Collection<String> words) {
        return join(words, " or ");
    }

    /// `a`, `a and b`, `a, b and c`.
    static String all(Collection<String> words) {
        return join(words, " and ");
    }

    private static String join(Collection<String> words, String last) {
        var list = List.copyOf(words);
        if (list.size() < 2) {
            return String.join("", list);
        }
        return String.join(", ", list.subList(0, list.size() - 1)) + last + list.getLast();
    }

    /// A value as an error quotes it: long ones are cut, control characters shown as `?`.
    static String shortened(String value) {
        var clean = value.replaceAll("\\p{Cntrl}", "?");
        return clean.length() <= 60 ? clean : clean.substring(0, 57) + "...";
    }

    /// The word that was probably meant, when one is near enough.
    static Optional<String> nearest(String word, Collection<String> known) {
        String best = "";
        int bestDistance = Math.max(1, word.length() / 3) + 1;
        for (var candidate : known) {
            if (candidate.length() > 1 && word.startsWith(candidate)) {
                return Optional.of(candidate);
            }
            int distance =
                    distance(word.toLowerCase(Locale.ROOT), candidate.toLowerCase(Locale.ROOT));
            if (distance < bestDistance) {
                best = candidate;
                bestDistance = distance;
            }
        }
        return best.isEmpty() ? Optional.empty() : Optional.of(best);
    }

    /// Levenshtein distance; words are short.
    private static int distance(String a, String b) {
        var row = new int[b.length() + 1];
        for (int j = 0; j <= b.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int substituted = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substituted, Math.min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.length()];
    }
}
