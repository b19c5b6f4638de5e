/// hastd: the imperative shell around the core. Its packages are its parts; this one holds the
/// program's start.
///
/// May depend on all of its parts; no part depends on this package.
@NullMarked
package dev.hast.daemon;

import org.jspecify.annotations.NullMarked;
