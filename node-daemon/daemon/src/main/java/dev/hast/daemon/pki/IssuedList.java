package dev.hast.daemon.pki;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/// What an authority has issued: a text file with one line for each certificate, serial, node, end,
/// time of revocation or `-`, with blanks between.
record IssuedList(List<Entry> entries) {

    static final String FILE = "issued";

    IssuedList {
        entries = List.copyOf(entries);
    }

    record Entry(String serial, String node, Instant notAfter, Optional<Instant> revoked) {
        Entry revokedAt(Instant when) {
            return new Entry(serial, node, notAfter, Optional.of(when));
        }
    }

    static IssuedList read(Path directory) throws PkiException {
        var file = directory.resolve(FILE);
        if (!Files.exists(file)) {
            return new IssuedList(List.of());
        }
        var entries = new ArrayList<Entry>();
        try {
            int number = 0;
            for (var line : Files.readAllLines(file)) {
                number++;
                var words = line.split(" ");
                if (words.length != 4 || !words[0].matches("[0-9a-f]+")) {
                    throw new PkiException(
                            file + ":" + number + ": is damaged; restore the file from a copy");
                }
                entries.add(
                        new Entry(
                                words[0],
                                words[1],
                                Instant.parse(words[2]),
                                words[3].equals("-")
                                        ? Optional.empty()
                                        : Optional.of(Instant.parse(words[3]))));
            }
        } catch (PkiException e) {
            throw e;
        } catch (IOException | DateTimeException e) {
            throw new PkiException(
                    file + ": can't be read: " + e.getMessage() + "; restore the file from a copy",
                    e);
        }
        return new IssuedList(entries);
    }

    IssuedList with(Entry entry) {
        var more = new ArrayList<>(entries);
        more.add(entry);
        return new IssuedList(more);
    }

    String text() {
        return entries.stream()
                .map(e ->
                        e.serial()
                                + " "
                                + e.node()
                                + " "
                                + e.notAfter()
                                + " "
                                + e.revoked().map(Instant::toString).orElse("-")
                                + "\n")
                .collect(Collectors.joining());
    }

    String describe() {
        var nodes = entries.stream().map(Entry::node).distinct().sorted().toList();
        return nodes.isEmpty() ? "none" : String.join(", ", nodes);
    }
}
