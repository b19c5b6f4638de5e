package dev.hast.daemon.address;

import dev.hast.daemon.document.VirtualIpDocument;
import dev.hast.daemon.document.VirtualIpDocument.Mount;
import dev.hast.daemon.document.VirtualIpDocument.Service;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What is on the followed resources: file systems are mounted, then services started, in the order
/// of the document; and taken down in the opposite order. A step that fails undoes those before it.
///
/// A file in the daemon's directory says that something is up, for a daemon that is started after
/// this one was killed.
///
/// Blocks: not on the loop; one call at a time, except for [#document] and [#leftOver].
final class ServiceSteps {

    private static final Logger LOG = LoggerFactory.getLogger(ServiceSteps.class);
    private static final Duration FSCK_MAX = Duration.ofMinutes(10);
    private static final Duration MOUNT_MAX = Duration.ofSeconds(60);
    private static final Duration DEVICE_MAX = Duration.ofSeconds(20);

    /// A device whose storage is gone may hold up an unmount.
    private static final Duration UNMOUNT_LOST_MAX = Duration.ofSeconds(5);

    private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

    private final Storage storage;
    private final StepTimes times;
    private final Path marker;
    private volatile VirtualIpDocument document;
    private volatile boolean leftOver;

    /// What is up, the last one first.
    private final Deque<Up> up = new ArrayDeque<>();

    private sealed interface Up {}

    private record Mounted(Mount mount) implements Up {}

    private record Started(Service service) implements Up {}

    /// @param state directory for what outlives the daemon
    ServiceSteps(VirtualIpDocument document, Storage storage, Path state, StepTimes times) {
        this.document = document;
        this.storage = storage;
        this.times = times;
        this.marker = state.resolve("vip-" + document.name() + ".up");
        adopt();
    }

    /// What is written now holds from the next time on; what is up is taken down as it was brought
    /// up.
    void document(VirtualIpDocument next) {
        document = next;
    }

    /// Whether an earlier daemon has left something up that nobody has taken over yet.
    boolean leftOver() {
        return leftOver;
    }

    private void adopt() {
        if (Files.exists(marker) && read(marker).equals(read(BOOT))) {
            document.mounts().forEach(mount -> up.push(new Mounted(mount)));
            document.services().forEach(service -> up.push(new Started(service)));
            leftOver = !up.isEmpty();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            LOG.atWarn().log("{} can't be read: {}", file, e.getMessage());
            return "";
        }
    }

    private void mark() throws AddressException {
        if (document.mounts().isEmpty() && document.services().isEmpty()) {
            return;
        }
        try {
            Files.writeString(marker, read(BOOT));
        } catch (IOException e) {
            throw new AddressException(
                    "%s can't be written: %s; nothing is brought up that could not be taken down after a crash"
                            .formatted(marker, e.getMessage()),
                    e);
        }
    }

    /// Takes over what is up already.
    void up() throws AddressException {
        mark();
        leftOver = false;
        try {
            for (Mount mount : document.mounts()) {
                final long begun = System.nanoTime();
                mount(mount);
                times.done("mount " + mount.path(), begun);
            }
            awaitDevices();
            for (Service service : document.services()) {
                final long begun = System.nanoTime();
                start(service);
                times.done("start " + service.name(), begun);
            }
        } catch (AddressException e) {
            undo(e);
            throw e;
        }
    }

    /// A service may use a device itself, without a mount of ours.
    private void awaitDevices() throws AddressException {
        if (!document.services().isEmpty()) {
            for (String resource : document.follows()) {
                device(resource);
            }
        }
    }

    private void start(Service service) throws AddressException {
        final Up started = new Started(service);
        try {
            Commands.run(service.timeout(), service.start());
        } catch (AddressException e) {
            // It may run by half.
            if (!up.contains(started)) {
                try {
                    Commands.run(service.timeout(), service.stop());
                } catch (AddressException f) {
                    LOG.atWarn()
                            .addKeyValue("address", document.name())
                            .log("{} neither starts nor stops: {}", service.name(), f.getMessage());
                }
            }
            throw e;
        }
        push(started);
    }

    private void push(Up step) {
        if (!up.contains(step)) {
            up.push(step);
        }
    }

    private void undo(AddressException cause) {
        try {
            down(false);
        } catch (AddressException e) {
            cause.addSuppressed(e);
            LOG.atError()
                    .addKeyValue("address", document.name())
                    .log("what was begun cannot be undone: {}", e.getMessage());
        }
    }

    /// Takes down what can be. What fails stays to be tried again.
    ///
    /// @param evenIfUsed the node may not serve any more: who still has files open gets errors
    void down(boolean evenIfUsed) throws AddressException {
        final List<String> failures = new ArrayList<>();
        for (Up step : List.copyOf(up)) {
            final long begun = System.nanoTime();
            try {
                switch (step) {
                    case Started(Service service) -> {
                        Commands.run(service.timeout(), service.stop());
                        times.done("stop " + service.name(), begun);
                    }
                    case Mounted(Mount mount) -> {
                        unmount(mount, evenIfUsed);
                        times.done("unmount " + mount.path(), begun);
                    }
                }
                up.remove(step);
            } catch (AddressException e) {
                failures.add(String.valueOf(e.getMessage()));
            }
        }
        if (!failures.isEmpty()) {
            throw new AddressException(String.join("; ", failures));
        }
        leftOver = false;
        try {
            Files.deleteIfExists(marker);
        } catch (IOException e) {
            LOG.atWarn().log("{} can't be removed: {}", marker, e.getMessage());
        }
    }

    private void mount(Mount mount) throws AddressException {
        final Path device = device(mount.resource());
        final Optional<Path> mounted = mountedAt(mount.path());
        if (mounted.isPresent()) {
            if (sameDevice(mounted.get(), device)) {
                push(new Mounted(mount));
                return;
            }
            throw new AddressException(
                    "%s is mounted on %s already; unmount it there"
                            .formatted(mounted.get(), mount.path()));
        }
        if (mount.fsck()) {
            fsck(mount, device);
        }
        try {
            Files.createDirectories(mount.path());
        } catch (IOException e) {
            throw new AddressException(
                    "%s cannot be made: %s".formatted(mount.path(), e.getMessage()), e);
        }
        final List<String> command = new ArrayList<>(List.of("mount"));
        mount.type().ifPresent(type -> command.addAll(List.of("-t", type)));
        if (!mount.options().isEmpty()) {
            command.addAll(List.of("-o", mount.options()));
        }
        command.addAll(List.of(device.toString(), mount.path().toString()));
        // Before it is done: one that is ended for taking too long may be there all the same.
        push(new Mounted(mount));
        Commands.run(MOUNT_MAX, command);
    }

    /// As at boot: what can be put in order without a question is; the exit status is a sum, of
    /// which 1 and 2 say that something was.
    private static void fsck(Mount mount, Path device) throws AddressException {
        final List<String> command = new ArrayList<>(List.of("/bin/sh", "-c"));
        command.add("fsck \"$@\"; [ $? -le 3 ]");
        command.add("fsck");
        mount.type().ifPresent(type -> command.addAll(List.of("-t", type)));
        command.addAll(List.of("-T", "-p", device.toString()));
        Commands.run(FSCK_MAX, command);
    }

    private Path device(String resource) throws AddressException {
        final long until = System.nanoTime() + DEVICE_MAX.toNanos();
        while (System.nanoTime() < until) {
            final Optional<Path> device = storage.device(resource);
            if (device.isPresent() && Files.exists(device.get())) {
                return device.get();
            }
            try {
                Thread.sleep(Duration.ofMillis(10));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                break;
            }
        }
        throw new AddressException("the device of " + resource + " does not appear");
    }

    private void unmount(Mount mount, boolean evenIfUsed) throws AddressException {
        if (mountedAt(mount.path()).isEmpty()) {
            return;
        }
        try {
            Commands.run(
                    evenIfUsed ? UNMOUNT_LOST_MAX : MOUNT_MAX,
                    List.of("umount", mount.path().toString()));
        } catch (AddressException e) {
            if (!evenIfUsed) {
                throw e;
            }
            LOG.atWarn()
                    .addKeyValue("path", mount.path())
                    .log("unmounted although it is in use: this node may not serve it any more");
            Commands.run(MOUNT_MAX, List.of("umount", "--lazy", mount.path().toString()));
        }
    }

    private static boolean sameDevice(Path one, Path other) {
        try {
            return Files.isSameFile(one, other);
        } catch (IOException e) {
            return false;
        }
    }

    /// What is mounted on a path, if anything.
    private static Optional<Path> mountedAt(Path asWritten) throws AddressException {
        final Path path = real(asWritten);
        try (var lines = Files.lines(Path.of("/proc/self/mounts"))) {
            return lines.map(line -> line.split(" "))
                    .filter(fields -> fields.length > 1)
                    .filter(fields -> unescaped(fields[1]).equals(path.toString()))
                    .reduce((first, last) -> last)
                    .map(fields -> Path.of(unescaped(fields[0])));
        } catch (IOException e) {
            throw new AddressException("/proc/self/mounts can't be read: " + e.getMessage(), e);
        }
    }

    /// As the kernel shows it, without symbolic links.
    private static Path real(Path path) {
        try {
            return path.toRealPath();
        } catch (IOException e) {
            return path;
        }
    }

    /// Blanks are written as octal digits there.
    private static String unescaped(String field) {
        return field.replace("\\040", " ")
                .replace("\\011", "\t")
                .replace("\\012", "\n")
                .replace("\\134", "\\");
    }
}
