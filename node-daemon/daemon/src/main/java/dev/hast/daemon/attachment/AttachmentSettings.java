package dev.hast.daemon.attachment;

import java.nio.file.Path;
import java.time.Duration;

/// Where devices are published and how long things may take.
///
/// @param deviceDirectory where the symbolic links go
/// @param runDirectory for state, sockets and mount points of helper processes; empty after a
///   reboot, as `/run` is
/// @param requestTimeout kernel NBD: a request unanswered for so long declares its link dead, and
///   is sent again over the next one. It bounds what a kill of the daemon costs the requests in
///   flight, so keep it short; a stall that is longer costs a new link, never an error. Whole
///   seconds, at least 1.
/// @param deadConnectionTimeout how long I/O waits for a link before it fails. Longer than a
///   restart of the daemon. Whole seconds.
/// @param connections links per device, 1 to 16. More than one only to an export that allows it.
/// @param attachTimeout bound of [Attachment#attach]
/// @param detachTimeout bound of [Attachment#detach]
public record AttachmentSettings(
        Path deviceDirectory,
        Path runDirectory,
        Duration requestTimeout,
        Duration deadConnectionTimeout,
        int connections,
        Duration attachTimeout,
        Duration detachTimeout) {

    public AttachmentSettings {
        if (requestTimeout.toSeconds() < 1 || deadConnectionTimeout.toSeconds() < 1) {
            throw new IllegalArgumentException(
                    "requestTimeout and deadConnectionTimeout must be at least 1 s, the kernel"
                            + " counts whole seconds");
        }
        if (connections < 1 || connections > 16) {
            throw new IllegalArgumentException("connections must be 1 to 16, not " + connections);
        }
    }

    /// `/dev/hast`, `/run/hast/attachment`; 4 s for a request, 60 s without a link, 2 links, 30 s
    /// to attach, 15 s to detach.
    public static AttachmentSettings defaults() {
        return new AttachmentSettings(
                Path.of("/dev/hast"),
                Path.of("/run/hast/attachment"),
                Duration.ofSeconds(4),
                Duration.ofSeconds(60),
                2,
                Duration.ofSeconds(30),
                Duration.ofSeconds(15));
    }

    public AttachmentSettings withDirectories(final Path devices, final Path run) {
        return new AttachmentSettings(
                devices,
                run,
                requestTimeout,
                deadConnectionTimeout,
                connections,
                attachTimeout,
                detachTimeout);
    }

    public AttachmentSettings withTimeouts(final Duration request, final Duration deadConnection) {
        return new AttachmentSettings(
                deviceDirectory,
                runDirectory,
                request,
                deadConnection,
                connections,
                attachTimeout,
                detachTimeout);
    }

    public AttachmentSettings withConnections(final int count) {
        return new AttachmentSettings(
                deviceDirectory,
                runDirectory,
                requestTimeout,
                deadConnectionTimeout,
                count,
                attachTimeout,
                detachTimeout);
    }
}
