package dev.hast.crds.v1alpha1;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A list that is left out is an empty one.
final class Lists {

    private Lists() {}

    static <T> List<T> of(@Nullable List<T> read) {
        return read == null ? List.of() : List.copyOf(read);
    }
}
