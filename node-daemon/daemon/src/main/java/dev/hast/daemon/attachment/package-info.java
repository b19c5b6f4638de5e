/// Attachments: makes a block device of an export on this node and publishes it as
/// `/dev/hast/NAME`.
///
/// Two ways behind one port, [dev.hast.daemon.attachment.Attachment]: the kernel's NBD client,
/// driven by generic netlink, and, on a kernel without it, `nbdfuse` with a loop device. Which one
/// this machine can do is found out by [dev.hast.daemon.attachment.Attachments].
///
/// May depend on the JDK, SLF4J, `dev.hast.daemon.posix` and `dev.hast.daemon.netlink`. It knows
/// the export by its address alone.
@NullMarked
package dev.hast.daemon.attachment;

import org.jspecify.annotations.NullMarked;
