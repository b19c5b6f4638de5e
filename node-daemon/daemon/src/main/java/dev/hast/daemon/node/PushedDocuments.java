package dev.hast.daemon.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The documents that came over the control API, on disk: a restart needs nobody to send them
/// again. They stand beside those of the files that the daemon was started with, which are this
/// node's own.
///
/// For one thread at a time.
final class PushedDocuments {

    private final Path file;

    /// @param state the daemon's state directory
    PushedDocuments(Path state) {
        this.file = state.resolve("pushed.yaml");
    }

    /// Where documents are read from: the given files, and these where there are any.
    List<Path> with(List<Path> paths) {
        final List<Path> all = new ArrayList<>(paths);
        if (Files.exists(file)) {
            all.add(file);
        }
        return List.copyOf(all);
    }

    /// Takes the place of what was kept before, all at once. Returns when it is durable.
    void keep(Map<String, String> texts) throws IOException {
        final Path next = file.resolveSibling(file.getFileName() + ".new");
        final StringBuilder all = new StringBuilder();
        texts.values().forEach(text -> all.append("---\n").append(text.strip()).append('\n'));
        if (texts.isEmpty()) {
            Files.deleteIfExists(file);
        } else {
            Files.write(next, all.toString().getBytes(UTF_8));
            try (FileChannel written = FileChannel.open(next, StandardOpenOption.WRITE)) {
                written.force(true);
            }
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
        }
        try (FileChannel directory = FileChannel.open(file.toAbsolutePath().getParent())) {
            directory.force(true);
        }
    }
}
