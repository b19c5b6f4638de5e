package dev.hast.daemon.attachment;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries what helper processes write from their file into the daemon's log, and keeps the file
/// short.
///
/// A file and not a pipe, because helpers outlive the daemon. Thread: one at a time.
final class HelperOutput {
    private static final Logger LOG = LoggerFactory.getLogger(HelperOutput.class);
    private static final int LENGTH_MAX = 64 * 1024;
    private static final int LINES_PER_DRAIN_MAX = 20;

    private final String resource;
    private final Path file;
    private long position;

    HelperOutput(final String resource, final Path file) {
        this.resource = resource;
        this.file = file;
    }

    Path file() {
        return file;
    }

    /// Logs what has come since the last call. Helpers append, so cutting the file is safe.
    synchronized void drain() {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final long size = channel.size();
            position = Math.min(position, size);
            final long from = Math.max(position, size - LENGTH_MAX);
            final ByteBuffer bytes = ByteBuffer.allocate((int) (size - from));
            channel.read(bytes, from);
            position = from + bytes.position();
            if (position > LENGTH_MAX) {
                channel.truncate(0);
                position = 0;
            }
            log(StandardCharsets.UTF_8.decode(bytes.flip()).toString());
        } catch (final IOException gone) {
            position = 0;
        }
    }

    /// The last lines, for an error message.
    synchronized String tail() {
        final String[] lines = DeviceUsers.read(file).split("\n");
        return lines[lines.length - 1];
    }

    private void log(final String text) {
        final String[] lines = text.split("\n");
        for (int i = 0; i < Math.min(lines.length, LINES_PER_DRAIN_MAX); i++) {
            if (!lines[i].isBlank()) {
                LOG.atWarn()
                        .addKeyValue("resource", resource)
                        .addKeyValue("line", lines[i].strip())
                        .log("An attachment helper says");
            }
        }
        if (lines.length > LINES_PER_DRAIN_MAX) {
            LOG.atWarn()
                    .addKeyValue("resource", resource)
                    .addKeyValue("lines", lines.length - LINES_PER_DRAIN_MAX)
                    .log("An attachment helper says more, left out");
        }
    }
}
