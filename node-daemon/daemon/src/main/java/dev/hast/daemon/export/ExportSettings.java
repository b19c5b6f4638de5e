package dev.hast.daemon.export;

import java.nio.charset.StandardCharsets;

/// Who an export is, and its bounds.
///
/// @param name the name that clients ask for: the resource's. The empty name means it too, as this
///   server has one export only.
/// @param description one line for people
public record ExportSettings(String name, String description, ExportLimits limits) {

    /// The protocol's limit of a string in bytes.
    static final int MAX_STRING = 4096;

    public ExportSettings {
        if (name.isEmpty() || name.indexOf(GENERATION_MARK) >= 0 || bytes(name) > MAX_STRING / 2) {
            throw new IllegalArgumentException(
                    "export name '"
                            + name
                            + "' must have 1 to "
                            + MAX_STRING / 2
                            + " bytes and no '"
                            + GENERATION_MARK
                            + "'");
        }
        if (bytes(description) > MAX_STRING) {
            throw new IllegalArgumentException(
                    "description of export '" + name + "' has more than " + MAX_STRING + " bytes");
        }
    }

    /// Between the export's name and the attachment generation that a client claims: `demo@7`.
    static final char GENERATION_MARK = '@';

    private static int bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8).length;
    }
}
