package dev.hast.ctl.hastconf;

import java.util.List;

/// A `hast.conf` that can't be imported: one line for each thing that is wrong.
public final class HastConfException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient List<String> errors;

    HastConfException(List<String> errors) {
        super(String.join("\n", errors));
        this.errors = List.copyOf(errors);
    }

    public List<String> errors() {
        return errors;
    }
}
