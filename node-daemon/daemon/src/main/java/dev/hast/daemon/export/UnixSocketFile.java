package dev.hast.daemon.export;

import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The name of a listening unix socket in the file system.
///
/// A socket is bound in a directory that nobody else can enter, gets its mode there, and is then
/// renamed to its place. So it never can be opened by others, not even for a moment, and a stale
/// one is replaced in one step.
final class UnixSocketFile {
    /// What `sun_path` holds, without its terminating zero.
    private static final int MAX_PATH_BYTES = 107;

    private final Path path;
    private final Path nursery;
    private final Path bindPath;
    private @Nullable Object fileKey;

    /// @throws IOException if a live server listens on the path, or something that is no socket is
    ///   in its place
    UnixSocketFile(Path path) throws IOException {
        this.path = path.toAbsolutePath();
        refuseLive();
        Path directory = Objects.requireNonNull(this.path.getParent(), "a socket has a directory");
        Files.createDirectories(directory);
        nursery =
                Files.createTempDirectory(
                        directory,
                        ".s",
                        PosixFilePermissions.asFileAttribute(
                                PosixFilePermissions.fromString("rwx------")));
        bindPath = nursery.resolve("s");
        if (bindPath.toString().getBytes(StandardCharsets.UTF_8).length > MAX_PATH_BYTES) {
            Files.delete(nursery);
            throw new IOException(
                    "the path of the socket "
                            + this.path
                            + " is too long: the kernel takes "
                            + MAX_PATH_BYTES
                            + " bytes, some of which are needed while it is made; choose a shorter"
                            + " directory");
        }
    }

    private void refuseLive() throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        BasicFileAttributes attributes =
                Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        if (!attributes.isOther()) {
            throw new IOException(
                    path + " is in the way and is no socket; remove it or configure another path");
        }
        try (SocketChannel probe = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            // A server whose queue is full is alive too, and must not make us wait.
            probe.configureBlocking(false);
            probe.connect(UnixDomainSocketAddress.of(path));
        } catch (ConnectException stale) {
            // Nobody listens there: it was left behind by a daemon that was killed.
            return;
        }
        throw new IOException(
                "another server listens on "
                        + path
                        + "; stop it (is a second hastd running?) or configure another path");
    }

    /// Where to bind.
    Path bindPath() {
        return bindPath;
    }

    /// Puts the bound socket in its place.
    void publish() throws IOException {
        Files.setPosixFilePermissions(bindPath, PosixFilePermissions.fromString("rw-------"));
        fileKey = key(bindPath);
        Files.move(bindPath, path, StandardCopyOption.ATOMIC_MOVE);
        Files.delete(nursery);
    }

    /// Removes the socket, unless another one has taken its place.
    void remove() throws IOException {
        Files.deleteIfExists(bindPath);
        Files.deleteIfExists(nursery);
        Object own = fileKey;
        if (own != null && Files.exists(path, LinkOption.NOFOLLOW_LINKS) && own.equals(key(path))) {
            Files.deleteIfExists(path);
        }
    }

    private static @Nullable Object key(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }
}
