/// The operator's program: puts the parts together.
@NullMarked
package dev.hast.operator;

import org.jspecify.annotations.NullMarked;
