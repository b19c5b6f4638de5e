package dev.hast.daemon.attachment;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Finds programs in `PATH`, and in the two directories that a service's `PATH` often lacks.
final class Programs {
    private Programs() {}

    static Optional<Path> find(final String program) {
        final String path = System.getenv().getOrDefault("PATH", "");
        final List<String> directories =
                new ArrayList<>(Arrays.asList(path.split(File.pathSeparator)));
        directories.addAll(List.of("/usr/bin", "/usr/sbin", "/sbin"));
        for (final String directory : directories) {
            final Path candidate = Path.of(directory, program);
            if (!directory.isEmpty() && Files.isExecutable(candidate)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }
}
