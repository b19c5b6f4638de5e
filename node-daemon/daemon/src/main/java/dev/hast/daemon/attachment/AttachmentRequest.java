package dev.hast.daemon.attachment;

import java.util.regex.Pattern;

/// What to attach.
///
/// @param name the resource's name, which becomes the device's: letters, digits, `.`, `_` and `-`
/// @param resourceId the resource's id as text. A device that was made for the same name and
///   another id is another volume and is never taken over.
/// @param export where the export listens
public record AttachmentRequest(String name, String resourceId, ExportAddress export) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,62}");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9-]{1,64}");

    public AttachmentRequest {
        checkName(name);
        if (!ID.matcher(resourceId).matches()) {
            throw new IllegalArgumentException(
                    "resource id '" + resourceId + "' must be 1 to 64 letters, digits or '-'");
        }
    }

    static void checkName(final String name) {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "'"
                            + name
                            + "' cannot name a device: use 1 to 63 letters, digits, '.', '_' or"
                            + " '-', not beginning with '.' or '-'");
        }
    }
}
