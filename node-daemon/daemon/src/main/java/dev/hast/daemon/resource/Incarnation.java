package dev.hast.daemon.resource;

import dev.hast.core.replication.ReplicaSettings.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.UUID;

/// Names the memory that holds what is not flushed (S14).
///
/// A confirmed write is on the provider when the mode is fullsync, so it outlives the process: the
/// memory is the machine's boot. In the other modes a confirmed write may be in the process alone.
final class Incarnation {

    private static final Path BOOT_ID = Path.of("/proc/sys/kernel/random/boot_id");

    private Incarnation() {}

    static long of(Mode mode) throws ResourceException {
        if (mode != Mode.FULLSYNC) {
            return new SecureRandom().nextLong() | 1;
        }
        try {
            final UUID boot = UUID.fromString(Files.readString(BOOT_ID).strip());
            return (boot.getMostSignificantBits() ^ boot.getLeastSignificantBits()) | 1;
        } catch (IOException | IllegalArgumentException e) {
            throw new ResourceException(
                    BOOT_ID
                            + " cannot be read, so a reboot could not be told from a restart; mount /proc",
                    e);
        }
    }
}
