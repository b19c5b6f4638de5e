package dev.hast.daemon.attachment;

import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.PosixException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Attachments by the kernel's NBD client.
///
/// | what happens | what is done |
/// |---|---|
/// | attach, no device of ours | handshakes, CONNECT at a free index |
/// | attach, a device with our backend identifier | handshakes under a newer generation, RECONFIGURE until the kernel takes the links |
/// | the kernel says LINK_DEAD | handshakes, RECONFIGURE, again and again |
/// | detach | shut our copies of the sockets down, DISCONNECT in a thread with a deadline |
public final class KernelNbdAttachment implements Attachment {
    private static final Logger LOG = LoggerFactory.getLogger(KernelNbdAttachment.class);
    private static final Duration MODPROBE_PATIENCE = Duration.ofSeconds(10);

    private final AttachmentSettings settings;
    private final DeviceLinks links;
    private final NbdNetlink netlink;
    private final NameLocks locks = new NameLocks();
    private final Map<String, KernelNbdDevice> devices = new ConcurrentHashMap<>();
    private final LinkMonitor monitor;

    private KernelNbdAttachment(
            final AttachmentSettings settings, final NbdNetlink netlink, final NbdNetlink news) {
        this.settings = settings;
        this.links = new DeviceLinks(settings.deviceDirectory());
        this.netlink = netlink;
        this.monitor = new LinkMonitor(news, this::repair, this::indexes);
        monitor.start();
    }

    static KernelNbdAttachment open(final AttachmentSettings settings) throws AttachmentException {
        try {
            return new KernelNbdAttachment(settings, NbdNetlink.open(), LinkMonitor.listen());
        } catch (final PosixException failure) {
            throw new AttachmentException(
                    "cannot drive the kernel's NBD client: " + failure.getMessage(), failure);
        }
    }

    /// What this machine lacks for it; empty when it lacks nothing. Loads the kernel module if
    /// there is one.
    static Optional<String> missing() {
        final Optional<String> first = probe();
        if (first.isEmpty() || !loadModule()) {
            return first;
        }
        return probe();
    }

    private static Optional<String> probe() {
        try (NbdNetlink found = NbdNetlink.open()) {
            return Optional.empty();
        } catch (final PosixException failure) {
            return failure.errno() == Errno.ENOENT
                    ? Optional.of("this kernel has no nbd")
                    : Optional.of(failure.toString());
        }
    }

    private static boolean loadModule() {
        final Optional<Path> modprobe = Programs.find("modprobe");
        if (modprobe.isEmpty()) {
            return false;
        }
        try {
            final Process process =
                    new ProcessBuilder(modprobe.get().toString(), "--quiet", "nbd")
                            .redirectInput(Path.of("/dev/null").toFile())
                            .redirectErrorStream(true)
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .start();
            if (!process.waitFor(MODPROBE_PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return false;
            }
            return process.exitValue() == 0;
        } catch (final IOException failure) {
            return false;
        } catch (final InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public AttachmentKind kind() {
        return AttachmentKind.KERNEL_NBD;
    }

    @Override
    public AttachedDevice attach(final AttachmentRequest request) throws AttachmentException {
        final String name = request.name();
        try (NameLocks.Held held = locks.lock(name)) {
            final KernelNbdDevice known = devices.get(name);
            if (known != null && known.isFor(request) && known.isConnected()) {
                return publish(known, true);
            }
            if (known != null && known.isSameVolume(request)) {
                known.shutDownLinks();
            }
            final Deadline deadline = Deadline.in(settings.attachTimeout());
            final Path run = settings.runDirectory();
            final long generation =
                    AttachmentRecord.nextGeneration(AttachmentRecord.read(run, name));
            new AttachmentRecord(name, request.resourceId(), generation).write(run);
            final NbdLinks sockets = newLinks(request, generation);
            for (final NbdBlockDevice found : NbdBlockDevice.named(name)) {
                if (!found.backend().equals(NbdBlockDevice.backend(request))) {
                    removeStranger(name, found);
                    continue;
                }
                final KernelNbdDevice device =
                        new KernelNbdDevice(request, found, sockets, settings);
                register(device);
                if (device.adopt(netlink, deadline)) {
                    return publish(device, true);
                }
                devices.remove(name, device);
            }
            final KernelNbdDevice device =
                    KernelNbdDevice.connect(request, sockets, settings, netlink, deadline);
            register(device);
            return publish(device, false);
        } catch (final PosixException failure) {
            throw new AttachmentException(
                    "cannot attach '" + name + "': " + failure.getMessage(), failure);
        }
    }

    private static NbdLinks newLinks(final AttachmentRequest request, final long generation) {
        return new NbdLinks(request.export(), request.name() + "@" + generation);
    }

    /// A device that was made for another volume of the same name.
    private void removeStranger(final String name, final NbdBlockDevice device)
            throws AttachmentException {
        DeviceUsers.refuseIfUsed(name, device.path());
        disconnect(name, device, Deadline.in(settings.detachTimeout()));
    }

    private void register(final KernelNbdDevice device) {
        final @Nullable KernelNbdDevice before = devices.put(device.name(), device);
        if (before != null && before != device) {
            before.closeLinks();
        }
    }

    private AttachedDevice publish(final KernelNbdDevice device, final boolean adopted)
            throws AttachmentException {
        final Path path = device.block().path();
        final Path link = links.publish(device.name(), path);
        if (device.hasEndedLink()) {
            // It died before the monitor knew of this device.
            monitor.mend(device.block().index());
        }
        LOG.atInfo()
                .addKeyValue("resource", device.name())
                .addKeyValue("device", path)
                .addKeyValue("adopted", adopted)
                .log("Attached");
        return new AttachedDevice(link, path, device.block().size(), adopted);
    }

    private Set<Integer> indexes() {
        final Set<Integer> indexes = new TreeSet<>();
        devices.values().forEach(device -> indexes.add(device.block().index()));
        return indexes;
    }

    /// One try to mend the device at `index`, after the kernel has said that a link died.
    private LinkMonitor.Progress repair(final int index) {
        final Optional<KernelNbdDevice> found =
                devices.values().stream().filter(one -> one.block().index() == index).findFirst();
        if (found.isEmpty()) {
            return LinkMonitor.Progress.GONE;
        }
        final String name = found.get().name();
        try (NameLocks.Held held = locks.lock(name)) {
            return devices.get(name) == found.get()
                    ? found.get().repair(netlink)
                    : LinkMonitor.Progress.GONE;
        }
    }

    @Override
    public void detach(final String name, final DetachMode mode) throws AttachmentException {
        AttachmentRequest.checkName(name);
        try (NameLocks.Held held = locks.lock(name)) {
            final Deadline deadline = Deadline.in(settings.detachTimeout());
            final List<NbdBlockDevice> found = NbdBlockDevice.named(name);
            if (mode == DetachMode.IF_UNUSED) {
                for (final NbdBlockDevice device : found) {
                    DeviceUsers.refuseIfUsed(name, device.path());
                }
            }
            links.withdraw(name);
            final KernelNbdDevice known = devices.remove(name);
            if (known != null) {
                known.shutDownLinks();
            }
            for (final NbdBlockDevice device : found) {
                disconnect(name, device, deadline);
            }
            if (known != null) {
                known.closeLinks();
            }
            if (mode == DetachMode.IF_UNUSED) {
                final boolean gone = deadline.await(() -> NbdBlockDevice.named(name).isEmpty());
                if (!gone) {
                    throw stillWaiting(name);
                }
            }
            AttachmentRecord.remove(settings.runDirectory(), name);
            LOG.atInfo().addKeyValue("resource", name).log("Detached");
        }
    }

    private void disconnect(final String name, final NbdBlockDevice device, final Deadline deadline)
            throws AttachmentException {
        try {
            final Optional<Boolean> done =
                    BoundedCall.run(
                            "disconnect-" + name,
                            deadline,
                            () -> {
                                // On a socket of its own: others must not wait for this one.
                                try (NbdNetlink own = NbdNetlink.open()) {
                                    own.disconnect(device.index());
                                }
                                return true;
                            });
            if (done.isEmpty()) {
                throw stillWaiting(name);
            }
        } catch (final PosixException failure) {
            if (failure.errno() != Errno.EINVAL && failure.errno() != Errno.ENOENT) {
                throw new AttachmentException(
                        "cannot detach '" + name + "': " + failure.getMessage(), failure);
            }
        } catch (final AttachmentException failure) {
            throw failure;
        } catch (final IOException failure) {
            throw new AttachmentException("cannot detach '" + name + "': " + failure, failure);
        }
    }

    private AttachmentException stillWaiting(final String name) {
        return new AttachmentException(
                "'"
                        + name
                        + "' is not detached yet: the kernel waits for the export, "
                        + settings.requestTimeout().multipliedBy(3).toSeconds()
                        + " s at most. Detach again after that");
    }

    @Override
    public Optional<AttachmentStatus> status(final String name) {
        AttachmentRequest.checkName(name);
        final @Nullable KernelNbdDevice known = devices.get(name);
        final List<NbdBlockDevice> found = NbdBlockDevice.named(name);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        final NbdBlockDevice device =
                known != null && found.contains(known.block()) ? known.block() : found.getFirst();
        return Optional.of(
                new AttachmentStatus(
                        name,
                        kind(),
                        Optional.of(device.path()),
                        device.size(),
                        known != null && known.isConnected(),
                        DeviceUsers.of(device.path())));
    }

    @Override
    public void resize(final String name, final long size) throws AttachmentException {
        AttachmentRequest.checkName(name);
        try (NameLocks.Held held = locks.lock(name)) {
            final KernelNbdDevice device = devices.get(name);
            if (device == null) {
                throw new AttachmentException("'" + name + "' is not attached here");
            }
            device.resize(netlink, size);
        } catch (final PosixException failure) {
            throw new AttachmentException(
                    "cannot resize '" + name + "': " + failure.getMessage(), failure);
        }
    }

    @Override
    public List<AttachmentStatus> removeLeftovers(final Set<String> wanted)
            throws AttachmentException {
        final Set<String> names = new TreeSet<>(AttachmentRecord.names(settings.runDirectory()));
        NbdBlockDevice.ours().forEach(device -> device.name().ifPresent(names::add));
        names.removeAll(wanted);
        final List<AttachmentStatus> staying = new ArrayList<>();
        for (final String name : names) {
            try {
                detach(name, DetachMode.IF_UNUSED);
            } catch (final DeviceInUseException inUse) {
                LOG.atWarn()
                        .addKeyValue("resource", name)
                        .addKeyValue("users", inUse.users())
                        .log("A device of an earlier daemon stays, it is in use");
                status(name).ifPresent(staying::add);
            }
        }
        return staying;
    }

    @Override
    public void close() {
        monitor.close();
        devices.values().forEach(KernelNbdDevice::closeLinks);
        devices.clear();
        netlink.close();
    }
}
