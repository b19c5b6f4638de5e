/// The YAML documents that a daemon is configured by: `HastResource` and `HastNode`.
///
/// Reads them strictly (several errors at once, each with file, line, column, field and mend),
/// gives them as immutable records, writes them back, and compares two loads for a reload. Holds no
/// state and starts nothing.
///
/// May depend on: the JDK, jspecify, snakeyaml-engine. Nothing else of the daemon.
@NullMarked
package dev.hast.daemon.document;

import org.jspecify.annotations.NullMarked;
