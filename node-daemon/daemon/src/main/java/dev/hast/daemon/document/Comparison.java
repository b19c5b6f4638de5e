package dev.hast.daemon.document;

import dev.hast.daemon.document.FieldChange.Effect;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// Collects the fields in which two documents of one kind differ. Confined to one comparison.
final class Comparison<D> {

    static final String ABSENT = "-";

    private final D before;
    private final D after;
    private final List<FieldChange> changes = new ArrayList<>();

    Comparison(D before, D after) {
        this.before = before;
        this.after = after;
    }

    /// Compares one field by its text.
    Comparison<D> field(String path, Effect effect, Function<D, String> text) {
        return field(path, effect, "", text);
    }

    Comparison<D> forbidden(String path, String mend, Function<D, String> text) {
        return field(path, Effect.FORBIDDEN, mend, text);
    }

    Comparison<D> optional(String path, Effect effect, Function<D, Optional<?>> value) {
        return field(path, effect, "", d -> value.apply(d).map(Object::toString).orElse(ABSENT));
    }

    private Comparison<D> field(String path, Effect effect, String mend, Function<D, String> text) {
        return change(new FieldChange(path, text.apply(before), text.apply(after), effect, mend));
    }

    /// Adds a difference that was worked out elsewhere; equal sides are dropped.
    Comparison<D> change(FieldChange change) {
        if (!change.before().equals(change.after())) {
            changes.add(change);
        }
        return this;
    }

    List<FieldChange> changes() {
        return List.copyOf(changes);
    }
}
