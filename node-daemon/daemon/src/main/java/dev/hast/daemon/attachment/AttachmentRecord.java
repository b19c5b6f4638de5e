package dev.hast.daemon.attachment;

import java.io.IOException;
import java.io.StringReader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;

/// What the run directory remembers of an attachment, in `NAME.attachment`.
///
/// Written before the first step of attaching and removed after the last one of detaching, so
/// whatever a crashed daemon left has a record. It does not say how far it came: that is read from
/// the kernel.
///
/// @param generation the attachment generation that was last claimed at the export
record AttachmentRecord(String name, String resourceId, long generation) {
    private static final String SUFFIX = ".attachment";

    static Path file(final Path directory, final String name) {
        return directory.resolve(name + SUFFIX);
    }

    /// A generation above the last one of this record and, when the record was lost with a reboot,
    /// above those of before by the clock.
    static long nextGeneration(final Optional<AttachmentRecord> last) {
        final long now = System.currentTimeMillis();
        return Math.max(now, last.map(record -> record.generation + 1).orElse(0L));
    }

    static Optional<AttachmentRecord> read(final Path directory, final String name) {
        final Properties properties = new Properties();
        try {
            properties.load(new StringReader(Files.readString(file(directory, name))));
            return Optional.of(
                    new AttachmentRecord(
                            name,
                            properties.getProperty("resourceId", ""),
                            Long.parseLong(properties.getProperty("generation", "0"))));
        } catch (final IOException | IllegalArgumentException missingOrTorn) {
            return Optional.empty();
        }
    }

    /// The names of all records, readable or not.
    static List<String> names(final Path directory) {
        final List<String> names = new ArrayList<>();
        if (!Files.isDirectory(directory)) {
            return names;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, "*" + SUFFIX)) {
            for (final Path file : files) {
                final String fileName = file.getFileName().toString();
                names.add(fileName.substring(0, fileName.length() - SUFFIX.length()));
            }
        } catch (final IOException unreadable) {
            return names;
        }
        names.sort(null);
        return names;
    }

    void write(final Path directory) throws AttachmentException {
        final Path file = file(directory, name);
        final Path fresh = directory.resolve(name + SUFFIX + ".new");
        try {
            Files.createDirectories(directory);
            Files.writeString(
                    fresh, "resourceId=" + resourceId + "\ngeneration=" + generation + "\n");
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (final IOException failure) {
            throw new AttachmentException("cannot write " + file + ": " + failure, failure);
        }
    }

    static void remove(final Path directory, final String name) throws AttachmentException {
        try {
            Files.deleteIfExists(file(directory, name));
        } catch (final IOException failure) {
            throw new AttachmentException(
                    "cannot remove " + file(directory, name) + ": " + failure, failure);
        }
    }
}
