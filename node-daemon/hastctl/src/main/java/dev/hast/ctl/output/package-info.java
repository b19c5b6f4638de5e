/// How answers are shown: tables and bars for people, JSON and YAML for programs. Pure text, no
/// connection.
///
/// May depend on: the JDK, jspecify, Jackson, protobuf, `dev.hast.control.v1`,
/// `dev.hast.daemon.document`.
@NullMarked
package dev.hast.ctl.output;

import org.jspecify.annotations.NullMarked;
