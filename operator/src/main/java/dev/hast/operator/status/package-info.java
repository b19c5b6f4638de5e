/// What an object's status says, made of what daemons report. Pure, as `plan` is.
///
/// May use `plan`, the types of custom resources, and the messages of the control API.
@NullMarked
package dev.hast.operator.status;

import org.jspecify.annotations.NullMarked;
