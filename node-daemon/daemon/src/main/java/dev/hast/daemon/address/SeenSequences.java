package dev.hast.daemon.address;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The highest sequence of each sender that a group has seen, kept over a restart of the daemon: or
/// adverts that somebody has recorded could be played to one that has just started. What came in
/// the last seconds before a crash is not known then.
///
/// On the loop; the file is written elsewhere.
final class SeenSequences {

    private static final Logger LOG = LoggerFactory.getLogger(SeenSequences.class);
    private static final long EVERY = Duration.ofSeconds(5).toNanos();

    private final Path file;
    private final Path next;
    private final Executor blocking;
    private Map<Long, Long> kept;
    private long lookedAt;

    SeenSequences(Path directory, String group, Executor blocking) {
        this.file = directory.resolve("vip-" + group + ".seen");
        this.next = directory.resolve(".vip-" + group + ".seen");
        this.blocking = blocking;
        this.kept = read();
    }

    /// What was seen before this daemon; empty when that cannot be known.
    Map<Long, Long> kept() {
        return kept;
    }

    private Map<Long, Long> read() {
        final Map<Long, Long> read = new TreeMap<>();
        try {
            if (Files.exists(file)) {
                for (String line : Files.readAllLines(file)) {
                    final int space = line.indexOf(' ');
                    read.put(
                            Long.parseUnsignedLong(line.substring(0, Math.max(0, space)), 16),
                            Long.parseLong(line.substring(space + 1)));
                }
            }
            return read;
        } catch (IOException | NumberFormatException e) {
            LOG.atWarn()
                    .log(
                            "{} can't be read ({}); adverts that were recorded before this start are not known as such",
                            file,
                            e.getMessage());
            return Map.of();
        }
    }

    /// Keeps it when it is time.
    void keep(Supplier<Map<Long, Long>> seen, long now) {
        if (now - lookedAt < EVERY) {
            return;
        }
        lookedAt = now;
        final Map<Long, Long> current = seen.get();
        if (!current.equals(kept)) {
            kept = current;
            blocking.execute(() -> write(current));
        }
    }

    private synchronized void write(Map<Long, Long> seen) {
        final String text =
                seen.entrySet().stream()
                        .map(one -> Long.toHexString(one.getKey()) + " " + one.getValue() + "\n")
                        .sorted()
                        .collect(Collectors.joining());
        try {
            Files.writeString(next, text);
            Files.move(
                    next,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            LOG.atWarn().log("{} can't be written: {}", file, e.getMessage());
        }
    }
}
