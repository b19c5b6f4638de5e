/// What has to be done: what is observed and what is wanted go in, actions come out. Pure: no
/// client, no clock, no thread; what decides is handed in as values.
///
/// May use the types of custom resources, the messages of the control API, and JSON.
@NullMarked
package dev.hast.operator.plan;

import org.jspecify.annotations.NullMarked;
