/// The volume's address space: ranges in use, extents, and the maps of them that are on disk.
@NullMarked
package dev.hast.core.volume;

import org.jspecify.annotations.NullMarked;
