package dev.hast.daemon.document;

/// One thing that is wrong in a document, for the person who wrote it.
///
/// @param file as it was named to the loader
/// @param line from 1; 0 when the file as a whole is meant
/// @param column from 1; 0 when the line isn't known
/// @param path of the field, `spec.replicas[1].address`; empty when the document as a whole is
///   meant
/// @param problem what is wrong
/// @param mend what to do about it
public record DocumentError(
        String file, int line, int column, String path, String problem, String mend) {

    /// One line: `hast.yaml:7:9: spec.replicas[0].adress: unknown field; did you mean address?`.
    public String text() {
        var out = new StringBuilder(file);
        if (line > 0) {
            out.append(':').append(line).append(':').append(column);
        }
        out.append(": ");
        if (!path.isEmpty()) {
            out.append(path).append(": ");
        }
        return out.append(problem).append("; ").append(mend).toString();
    }

    @Override
    public String toString() {
        return text();
    }
}
