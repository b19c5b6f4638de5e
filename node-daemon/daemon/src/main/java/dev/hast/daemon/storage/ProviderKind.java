package dev.hast.daemon.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// What a provider's path leads to.
enum ProviderKind {
    REGULAR_FILE,
    BLOCK_DEVICE;

    private static final int TYPE_MASK = 0170000;
    private static final int TYPE_BLOCK = 0060000;

    static ProviderKind of(final Path path) throws ProviderException {
        try {
            if (Files.isRegularFile(path)) {
                return REGULAR_FILE;
            }
            if (((int) Files.getAttribute(path, "unix:mode") & TYPE_MASK) == TYPE_BLOCK) {
                return BLOCK_DEVICE;
            }
        } catch (final NoSuchFileException e) {
            throw new ProviderException(
                    path + " does not exist; check the path, or create the file first", e);
        } catch (final IOException e) {
            throw new ProviderException(path + " cannot be looked at: " + e.getMessage(), e);
        }
        throw new ProviderException(
                path
                        + " is neither a block device nor a regular file; name a disk, partition, logical volume or file");
    }
}
