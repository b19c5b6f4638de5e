package dev.hast.daemon.export;

import org.jspecify.annotations.Nullable;

/// The metadata contexts that a client asks for, of one export.
record MetaContexts(String exportName, boolean allocation, boolean dirty) {
    static final MetaContexts NONE = new MetaContexts("", false, false);

    /// Reads the data of `LIST_META_CONTEXT` or `SET_META_CONTEXT`.
    ///
    /// @param select true for SET, where neither an empty list nor a wildcard (`base:`) selects
    ///   anything
    /// @return null if the data is malformed
    static @Nullable MetaContexts read(OptionData data, boolean select) {
        String name = data.string(data.unsignedInt());
        long queries = data.unsignedInt();
        boolean allocation = queries == 0 && !select;
        boolean dirty = allocation;
        for (long i = 0; i < queries && data.valid(); i++) {
            String query = data.string(data.unsignedInt());
            allocation |= matches(query, Nbd.ALLOCATION_NAME, "base:", select);
            dirty |= matches(query, Nbd.DIRTY_NAME, "hast:", select);
        }
        return data.valid() && data.isEmpty() ? new MetaContexts(name, allocation, dirty) : null;
    }

    private static boolean matches(String query, String context, String wildcard, boolean select) {
        return query.equals(context) || (!select && query.equals(wildcard));
    }

    /// Contexts hold only for the export that they were selected for.
    boolean isFor(String name) {
        return exportName.equals(name);
    }
}
