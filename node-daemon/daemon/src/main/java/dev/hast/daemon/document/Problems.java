package dev.hast.daemon.document;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.snakeyaml.engine.v2.nodes.Node;

/// Collects the errors of one load. Confined to the thread of that load.
final class Problems {

    /// More than these help nobody: the reader mends the first ones and loads again.
    static final int ERRORS_MAX = 100;

    private final List<DocumentError> errors = new ArrayList<>();

    void add(DocumentError error) {
        if (errors.size() < ERRORS_MAX) {
            errors.add(error);
        }
    }

    void at(String file, Node node, String path, BadValue bad) {
        int line = node.getStartMark().map(m -> m.getLine() + 1).orElse(0);
        int column = node.getStartMark().map(m -> m.getColumn() + 1).orElse(0);
        add(new DocumentError(file, line, column, path, bad.problem(), bad.mend()));
    }

    void file(String file, String problem, String mend) {
        add(new DocumentError(file, 0, 0, "", problem, mend));
    }

    boolean isEmpty() {
        return errors.isEmpty();
    }

    int count() {
        return errors.size();
    }

    /// In the order of the files, and of the lines in each.
    List<DocumentError> errors() {
        var files = errors.stream().map(DocumentError::file).distinct().toList();
        return errors.stream()
                .sorted(
                        Comparator.comparingInt((DocumentError e) -> files.indexOf(e.file()))
                                .thenComparingInt(DocumentError::line)
                                .thenComparingInt(DocumentError::column))
                .toList();
    }
}
