package dev.hast.daemon.attachment;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What is attached under a name.
///
/// @param device such as `/dev/nbd0`; empty while only remains of an attachment are there
/// @param size in bytes, as the kernel sees it now
/// @param connected whether the device reaches the export. False while a link is being repaired,
///   and for good when a helper process has ended.
/// @param users who holds the device; empty when nobody does
public record AttachmentStatus(
        String name,
        AttachmentKind kind,
        Optional<Path> device,
        long size,
        boolean connected,
        List<DeviceUser> users) {

    public AttachmentStatus {
        users = List.copyOf(users);
    }

    /// Whether anything holds the device.
    public boolean inUse() {
        return !users.isEmpty();
    }
}
