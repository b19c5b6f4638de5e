package dev.hast.daemon.document;

import java.util.List;
import java.util.stream.Collectors;

/// What came of reading documents: all of them, or every error that was found.
public sealed interface LoadOutcome {

    /// Every document was right.
    record Loaded(DocumentSet documents) implements LoadOutcome {}

    /// At least one was not; none is given, so that a half of a configuration is never applied.
    ///
    /// @param errors in the order of the files and lines
    record Refused(List<DocumentError> errors) implements LoadOutcome {
        public Refused {
            errors = List.copyOf(errors);
        }

        /// One line for each error.
        public String text() {
            return errors.stream().map(DocumentError::text).collect(Collectors.joining("\n"));
        }
    }
}
