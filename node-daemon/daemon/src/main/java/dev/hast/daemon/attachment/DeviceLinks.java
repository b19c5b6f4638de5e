package dev.hast.daemon.attachment;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// The published names: symbolic links in one directory.
///
/// A link is replaced by a rename, so whoever opens `/dev/hast/NAME` meets either the old device or
/// the new one, and never nothing in between.
final class DeviceLinks {
    private final Path directory;

    DeviceLinks(final Path directory) {
        this.directory = directory;
    }

    Path link(final String name) {
        return directory.resolve(name);
    }

    Path publish(final String name, final Path device) throws AttachmentException {
        final Path link = link(name);
        final Path fresh = directory.resolve("." + name + ".new");
        try {
            Files.createDirectories(directory);
            if (Files.exists(link, LinkOption.NOFOLLOW_LINKS) && !Files.isSymbolicLink(link)) {
                throw new AttachmentException(
                        link
                                + " is not a symbolic link, so it was not made here. Remove it, then"
                                + " attach again");
            }
            Files.deleteIfExists(fresh);
            Files.createSymbolicLink(fresh, device);
            Files.move(fresh, link, StandardCopyOption.ATOMIC_MOVE);
            return link;
        } catch (final AttachmentException failure) {
            throw failure;
        } catch (final IOException failure) {
            throw new AttachmentException(
                    "cannot publish " + device + " as " + link + ": " + failure, failure);
        }
    }

    void withdraw(final String name) throws AttachmentException {
        final Path link = link(name);
        try {
            if (Files.isSymbolicLink(link)) {
                Files.delete(link);
            }
        } catch (final IOException failure) {
            throw new AttachmentException("cannot remove " + link + ": " + failure, failure);
        }
    }
}
