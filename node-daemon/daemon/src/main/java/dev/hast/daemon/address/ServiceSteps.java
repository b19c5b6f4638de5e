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
/// Blocks: not on the loop; one call at a time.
final class ServiceSteps {

    private static final Logger LOG = LoggerFactory.getLogger(ServiceSteps.class);
    private static final Duration FSCK_MAX = Duration.ofMinutes(10);
    private static final Duration MOUNT_MAX = Duration.ofSeconds(60);
    private static final Duration DEVICE_MAX = Duration.ofSeconds(20);

    private final VirtualIpDocument document;
    private final Storage storage;
    private final StepTimes times;

    /// What is up, the last one first.
    private final Deque<Up> up = new ArrayDeque<>();

    private sealed interface Up {}

    private record Mounted(Mount mount) implements Up {}

    private record Started(Service service) implements Up {}

    ServiceSteps(VirtualIpDocument document, Storage storage, StepTimes times) {
        this.document = document;
        this.storage = storage;
        this.times = times;
    }

    /// Takes over what an earlier daemon has left mounted.
    void up() throws AddressException {
        try {
            for (Mount mount : document.mounts()) {
                final long begun = System.nanoTime();
                mount(mount);
                up.push(new Mounted(mount));
                times.done("mount " + mount.path(), begun);
            }
            for (Service service : document.services()) {
                final long begun = System.nanoTime();
                Commands.run(service.timeout(), service.start());
                up.push(new Started(service));
                times.done("start " + service.name(), begun);
            }
        } catch (AddressException e) {
            undo(e);
            throw e;
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

    /// @param evenIfUsed the node may not serve any more: who still has files open gets errors
    void down(boolean evenIfUsed) throws AddressException {
        while (!up.isEmpty()) {
            final long begun = System.nanoTime();
            switch (up.element()) {
                case Started(Service service) -> {
                    Commands.run(service.timeout(), service.stop());
                    times.done("stop " + service.name(), begun);
                }
                case Mounted(Mount mount) -> {
                    unmount(mount, evenIfUsed);
                    times.done("unmount " + mount.path(), begun);
                }
            }
            up.remove();
        }
    }

    private void mount(Mount mount) throws AddressException {
        final Path device = device(mount.resource());
        final Optional<Path> mounted = mountedAt(mount.path());
        if (mounted.isPresent()) {
            if (sameDevice(mounted.get(), device)) {
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
            Commands.run(MOUNT_MAX, List.of("umount", mount.path().toString()));
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
    private static Optional<Path> mountedAt(Path path) throws AddressException {
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

    /// Blanks are written as octal digits there.
    private static String unescaped(String field) {
        return field.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\");
    }
}
