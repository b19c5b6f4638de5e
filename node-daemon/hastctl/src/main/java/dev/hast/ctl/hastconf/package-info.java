/// Reads FreeBSD's `hast.conf` and turns it into the documents of this system. Pure text in and
/// out.
///
/// May depend on: the JDK, jspecify, `dev.hast.daemon.document`.
@NullMarked
package dev.hast.ctl.hastconf;

import org.jspecify.annotations.NullMarked;
