package dev.hast.simulator.kernel;

import org.jspecify.annotations.Nullable;

/// A rule that the system broke in a simulation.
public final class Violation extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String rule;
    private final String text;

    public Violation(String rule, String message) {
        super(rule + ": " + message);
        this.rule = rule;
        this.text = rule + ": " + message;
    }

    /// The rule and how it was broken.
    public String text() {
        return text;
    }

    /// The rule's short name, by which failures are counted.
    public String rule() {
        return rule;
    }

    public static void unless(
            boolean holds, String rule, String message, @Nullable Object... values) {
        if (!holds) {
            throw new Violation(rule, message.formatted(values));
        }
    }
}
