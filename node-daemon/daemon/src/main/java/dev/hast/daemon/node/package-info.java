/// The daemon as a whole: one node, its loop, its resources and what they share. The place where
/// all parts are joined.
@NullMarked
package dev.hast.daemon.node;

import org.jspecify.annotations.NullMarked;
