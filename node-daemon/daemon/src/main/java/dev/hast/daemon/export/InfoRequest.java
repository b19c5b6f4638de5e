package dev.hast.daemon.export;

import org.jspecify.annotations.Nullable;

/// The data of INFO and GO: an export's name, and which of the optional information is wanted.
record InfoRequest(String exportName, boolean name, boolean description) {

    /// @return null if the data is malformed
    static @Nullable InfoRequest read(OptionData data) {
        String exportName = data.string(data.unsignedInt());
        int count = data.unsignedShort();
        boolean name = false;
        boolean description = false;
        for (int i = 0; i < count && data.valid(); i++) {
            int item = data.unsignedShort();
            name |= item == Nbd.INFO_NAME;
            description |= item == Nbd.INFO_DESCRIPTION;
        }
        return data.valid() && data.isEmpty()
                ? new InfoRequest(exportName, name, description)
                : null;
    }
}
