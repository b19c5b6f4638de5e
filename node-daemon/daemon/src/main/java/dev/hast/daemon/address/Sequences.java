package dev.hast.daemon.address;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where the sequence of a group's adverts begins: above all that this node has ever sent, also
/// when its clock was set back. Each start reserves more than it can send, and keeps that in a
/// file.
final class Sequences {

    private static final Logger LOG = LoggerFactory.getLogger(Sequences.class);

    /// More adverts than any start sends; a minute of the clock.
    private static final long RESERVED = 1L << 36;

    private static final int CLOCK_SHIFT = 20;

    private Sequences() {}

    static long next(Path directory, String group) {
        final Path file = directory.resolve("vip-" + group + ".sequence");
        final long next = Math.max(System.currentTimeMillis() << CLOCK_SHIFT, kept(file));
        try {
            final Path hidden = directory.resolve(".vip-" + group + ".sequence");
            Files.writeString(hidden, Long.toString(next + RESERVED));
            Files.move(
                    hidden,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.atWarn()
                    .log(
                            "{} can't be written ({}); if the clock is set back before the next start, peers refuse our adverts for that long",
                            file,
                            e.getMessage());
        }
        return next;
    }

    /// Whether there has ever been a group on this node.
    static boolean anyIn(Path directory) {
        try (var files = Files.newDirectoryStream(directory, "vip-*.sequence")) {
            return files.iterator().hasNext();
        } catch (IOException e) {
            return false;
        }
    }

    private static long kept(Path file) {
        try {
            return Files.exists(file) ? Long.parseLong(Files.readString(file).strip()) : 0;
        } catch (IOException | NumberFormatException e) {
            LOG.atWarn().log("{} can't be read: {}", file, e.getMessage());
            return 0;
        }
    }
}
