/// Programs of an administrator that hear of events: waiting, one after the other, without holding
/// anybody up.
///
/// May depend on: the JDK, jspecify. Nothing else of the daemon.
@NullMarked
package dev.hast.daemon.hook;

import org.jspecify.annotations.NullMarked;
