/// What a replica keeps on its provider in front of the volume's data: two copies of the
/// superblock, the activity log and the dirty maps. Layout in `docs/reference/on-disk-format.md`.
@NullMarked
package dev.hast.core.metadata;

import org.jspecify.annotations.NullMarked;
