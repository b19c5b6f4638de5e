package dev.hast.daemon.node;

import dev.hast.control.v1.DocumentChange;
import dev.hast.daemon.document.DocumentChanges;
import dev.hast.daemon.document.FieldChange;
import dev.hast.daemon.document.ResourceDocument;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// What differs between two loads of documents, in the words of the control API.
final class ChangesView {

    private ChangesView() {}

    static List<DocumentChange> of(DocumentChanges changes) {
        final List<DocumentChange> all = new ArrayList<>();
        for (DocumentChanges.ResourceChange change : changes.resources()) {
            final String name = "HastResource " + change.name();
            switch (change) {
                case DocumentChanges.Added(ResourceDocument added) ->
                        all.add(change(name, "added", "live"));
                case DocumentChanges.Removed(ResourceDocument removed) ->
                        all.add(change(name, "removed", "live"));
                case DocumentChanges.Changed(var before, var after, var fields) ->
                        fields.forEach(field -> all.add(change(name, field)));
            }
        }
        changes.node().forEach(field -> all.add(change("HastNode", field)));
        return all;
    }

    private static DocumentChange change(String document, String what, String effect) {
        return DocumentChange.newBuilder()
                .setDocument(document)
                .setWhat(what)
                .setEffect(effect)
                .build();
    }

    private static DocumentChange change(String document, FieldChange field) {
        return DocumentChange.newBuilder()
                .setDocument(document)
                .setWhat(field.path())
                .setBefore(field.before())
                .setAfter(field.after())
                .setEffect(field.effect().name().toLowerCase(Locale.ROOT))
                .build();
    }
}
