package dev.hast.operator.plan;

import dev.hast.operator.plan.Observed.Refusal;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Which documents a daemon's refusal is about.
public final class Refusals {

    private Refusals() {}

    /// @param sent documents by name
    /// @param acknowledged what the daemon has taken before
    /// @param errors lines of the refusal, each beginning with a document's name, or with kind and
    ///   name of the object
    /// @return the refused ones by name; where no line names a document, all that are new
    public static Map<String, Refusal> of(
            Map<String, String> sent, Map<String, String> acknowledged, List<String> errors) {
        final Map<String, Refusal> refused = new TreeMap<>();
        for (String error : errors) {
            for (var document : sent.entrySet()) {
                final String name = document.getKey();
                if (error.startsWith(name + ":")
                        || error.startsWith(name.replace('/', ' ') + ":")) {
                    refused.merge(
                            name,
                            new Refusal(document.getValue(), withoutPlace(error, name)),
                            (one, other) ->
                                    new Refusal(one.text(), one.words() + "; " + other.words()));
                }
            }
        }
        if (refused.isEmpty() && !errors.isEmpty()) {
            final String all = String.join("; ", errors);
            sent.forEach((name, text) -> {
                if (!text.equals(acknowledged.get(name))) {
                    refused.put(name, new Refusal(text, all));
                }
            });
        }
        return refused;
    }

    /// Line and column of a text that the person has never seen say nothing.
    private static String withoutPlace(String error, String name) {
        return error.substring(name.length() + 1).replaceFirst("^\\d+:\\d+: ?", "").strip();
    }
}
