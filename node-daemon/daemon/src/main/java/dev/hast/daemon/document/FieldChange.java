package dev.hast.daemon.document;

/// One field that two loads give different values.
///
/// @param path of the field below `spec`, `replication.mode`
/// @param before the old value as documents write it; `-` when it was absent
/// @param after the new one; `-` when it is absent now
/// @param effect what it takes
/// @param mend what to do instead when it is forbidden; else empty
public record FieldChange(String path, String before, String after, Effect effect, String mend) {

    /// What a change takes, from the least.
    public enum Effect {
        /// Applied while the device stays.
        LIVE,
        /// Applied by taking the resource, or the daemon, down and up again.
        RESTART,
        /// Not applied at all: the old value stays in force.
        FORBIDDEN
    }

    /// One line: `replication.mode: fullsync -> async (live)`.
    public String text() {
        var how =
                switch (effect) {
                    case LIVE -> "live";
                    case RESTART -> "needs a restart";
                    case FORBIDDEN -> "refused: " + mend;
                };
        return path + ": " + before + " -> " + after + " (" + how + ")";
    }
}
