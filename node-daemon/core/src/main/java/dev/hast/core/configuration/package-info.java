/// The configuration of a resource: who is primary, which replicas hold every acknowledged write,
/// and the reigns that led here.
///
/// Pure values. May depend on the JDK's `java.lang` and `java.util` only.
@NullMarked
package dev.hast.core.configuration;

import org.jspecify.annotations.NullMarked;
