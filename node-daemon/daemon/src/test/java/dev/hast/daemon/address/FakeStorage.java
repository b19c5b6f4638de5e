package dev.hast.daemon.address;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/// Resources as node `a` sees them: who is primary of each, and who could be.
///
/// What one tells the others is in files of a directory that all of them see.
final class FakeStorage implements Storage {

    static final String SELF = "a";

    private final Path notes;

    final List<String> orders = new ArrayList<>();
    private final Map<String, String> primaries = new HashMap<>();
    private final Map<String, List<String>> inSync = new HashMap<>();
    private final Set<String> refusing = new HashSet<>();
    private final Map<String, Path> devices = new HashMap<>();
    private long epoch = 1;

    FakeStorage() {
        this(Path.of("/nonexistent"));
    }

    FakeStorage(Path notes) {
        this.notes = notes;
    }

    synchronized FakeStorage primary(String resource, String node) {
        primaries.put(resource, node);
        epoch++;
        return this;
    }

    synchronized FakeStorage nobody(String resource) {
        primaries.remove(resource);
        return this;
    }

    /// Nodes other than this that are in sync and connected.
    synchronized FakeStorage successors(String resource, String... nodes) {
        inSync.put(resource, List.of(nodes));
        return this;
    }

    synchronized FakeStorage device(String resource, Path device) {
        devices.put(resource, device);
        return this;
    }

    /// Orders about it fail from now on, or no more.
    synchronized void refuse(String resource, boolean refused) {
        if (refused) {
            refusing.add(resource);
        } else {
            refusing.remove(resource);
        }
    }

    synchronized List<String> orders() {
        return List.copyOf(orders);
    }

    synchronized String primaryOf(String resource) {
        return primaries.getOrDefault(resource, "nobody");
    }

    @Override
    public synchronized Standing standing(String resource) {
        final Optional<String> primary = Optional.ofNullable(primaries.get(resource));
        final boolean here = primary.equals(Optional.of(SELF));
        return new Standing(
                true,
                primary,
                here,
                epoch,
                here ? Long.MAX_VALUE : 0,
                true,
                here ? inSync.getOrDefault(resource, List.of()) : List.of());
    }

    @Override
    public synchronized CompletableFuture<String> promote(String resource) {
        return order("promote " + resource, resource, SELF);
    }

    @Override
    public synchronized CompletableFuture<String> handOver(String resource, String to) {
        return order("hand over " + resource + " to " + to, resource, to);
    }

    private CompletableFuture<String> order(String order, String resource, String primary) {
        orders.add(order);
        if (refusing.contains(resource)) {
            return CompletableFuture.failedFuture(new IllegalStateException(resource + " refuses"));
        }
        primary(resource, primary);
        return CompletableFuture.completedFuture("done");
    }

    @Override
    public void tell(String resource, String topic, byte[] note) {
        try {
            final Path written = Files.createTempFile(notes, "note", "");
            Files.write(written, note);
            Files.move(written, notes.resolve(topic), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public Optional<byte[]> told(String resource, String topic) {
        try {
            return Optional.of(Files.readAllBytes(notes.resolve(topic)));
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    @Override
    public synchronized Optional<Path> device(String resource) {
        return Optional.of(devices.getOrDefault(resource, Path.of("/dev/null")));
    }
}
