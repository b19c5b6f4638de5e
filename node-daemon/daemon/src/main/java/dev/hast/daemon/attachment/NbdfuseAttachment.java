package dev.hast.daemon.attachment;

import dev.hast.daemon.posix.Errno;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Attachments by `nbdfuse` and a loop device, for a kernel without NBD.
///
/// `nbdfuse` ends when its server goes and cannot connect again. So it speaks to a proxy of ours
/// instead, `nbdkit` with its retry filter, that holds a request back and sends it again once the
/// export is there: a restart of the daemon then costs a pause of whole seconds and no error.
/// Neither helper may be lost, though: when one ends, the device is dead until it is unmounted and
/// attached anew.
///
/// A flush of the loop device is an fsync of the file, which `nbdfuse` turns into NBD's FLUSH.
public final class NbdfuseAttachment implements Attachment {
    private static final Logger LOG = LoggerFactory.getLogger(NbdfuseAttachment.class);
    private static final Duration HANDSHAKE_TIMEOUT = Duration.ofSeconds(5);

    private final AttachmentSettings settings;
    private final DeviceLinks links;
    private final NameLocks locks = new NameLocks();
    private final Map<String, HelperOutput> outputs = new ConcurrentHashMap<>();
    private final Set<Long> watched = ConcurrentHashMap.newKeySet();
    private final Set<Long> ending = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService drainer;
    private final boolean withProxy;
    private volatile boolean closed;

    NbdfuseAttachment(final AttachmentSettings settings) {
        this.settings = settings;
        this.links = new DeviceLinks(settings.deviceDirectory());
        this.withProxy = Programs.find("nbdkit").isPresent();
        this.drainer =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().name("attachment-output").factory());
        drainer.scheduleWithFixedDelay(
                () -> outputs.values().forEach(HelperOutput::drain), 1, 1, TimeUnit.SECONDS);
        if (!withProxy) {
            LOG.atWarn()
                    .log(
                            "nbdkit is not installed: a restart of the daemon will take every"
                                    + " attached device away. Install nbdkit");
        }
    }

    /// What this machine lacks for it; empty when it lacks nothing.
    static List<String> missing() {
        final List<String> missing = new ArrayList<>();
        for (final String program : List.of("nbdfuse", "setsid")) {
            if (Programs.find(program).isEmpty()) {
                missing.add("the program " + program);
            }
        }
        if (!Files.exists(Path.of("/dev/fuse"))) {
            missing.add("/dev/fuse");
        }
        if (!LoopDevice.isAvailable()) {
            missing.add("/dev/loop-control");
        }
        return missing;
    }

    @Override
    public AttachmentKind kind() {
        return AttachmentKind.NBDFUSE_LOOP;
    }

    @Override
    public AttachedDevice attach(final AttachmentRequest request) throws AttachmentException {
        final String name = request.name();
        if (!(request.export() instanceof ExportAddress.Unix export)) {
            throw new AttachmentException(
                    "cannot attach '" + name + "': nbdfuse needs the export on a unix socket");
        }
        try (NameLocks.Held held = locks.lock(name)) {
            final Deadline deadline = Deadline.in(settings.attachTimeout());
            final NbdfuseRemains remains = NbdfuseRemains.find(settings.runDirectory(), name);
            final Optional<AttachmentRecord> last =
                    AttachmentRecord.read(settings.runDirectory(), name);
            final boolean same =
                    last.map(AttachmentRecord::resourceId)
                            .equals(Optional.of(request.resourceId()));
            if (same && remains.isWhole(withProxy) && remains.loop().isPresent()) {
                return publish(name, remains.loop().get(), true, remains);
            }
            if (!remains.isNothing()) {
                takeDown(name, remains, DetachMode.IF_UNUSED);
            }
            return build(request, export, AttachmentRecord.nextGeneration(last), deadline);
        }
    }

    private AttachedDevice build(
            final AttachmentRequest request,
            final ExportAddress.Unix export,
            final long generation,
            final Deadline deadline)
            throws AttachmentException {
        final String name = request.name();
        final NbdHandshake.Link probe = NbdHandshake.connect(export, name, HANDSHAKE_TIMEOUT);
        probe.close();
        final NbdfuseRemains.Paths paths = NbdfuseRemains.Paths.of(settings.runDirectory(), name);
        new AttachmentRecord(name, request.resourceId(), generation).write(settings.runDirectory());
        try {
            Files.createDirectories(paths.mountPoint());
            Files.deleteIfExists(paths.proxySocket());
            Files.deleteIfExists(paths.output());
            Path server = export.socket();
            if (withProxy) {
                startProxy(paths, export, name + "@" + generation, deadline);
                server = paths.proxySocket();
            }
            startFuse(paths, server, deadline);
            final LoopDevice loop = LoopDevice.bind(paths.file(), BlockSizes.logical(probe.size()));
            if (!loop.isDirect()) {
                LOG.atWarn()
                        .addKeyValue("resource", name)
                        .addKeyValue("device", loop.device())
                        .log("The loop device refused direct I/O; blocks are cached twice");
            }
            return publish(name, loop, false, NbdfuseRemains.find(settings.runDirectory(), name));
        } catch (final IOException failure) {
            takeDown(
                    name,
                    NbdfuseRemains.find(settings.runDirectory(), name),
                    DetachMode.EVEN_IF_USED);
            throw failure instanceof AttachmentException known
                    ? known
                    : new AttachmentException("cannot attach '" + name + "': " + failure, failure);
        }
    }

    private void startProxy(
            final NbdfuseRemains.Paths paths,
            final ExportAddress.Unix export,
            final String exportName,
            final Deadline deadline)
            throws AttachmentException {
        // In the background, where it is nobody's child once it is ready: in the foreground it asks
        // the kernel to end it with the thread that has started it, if that is a pool's or if the
        // daemon is killed.
        final HelperProcess starter =
                HelperProcess.start(
                        List.of(
                                "nbdkit",
                                "--unix",
                                paths.proxySocket().toString(),
                                "--filter=retry",
                                "nbd",
                                "socket=" + export.socket(),
                                "export=" + exportName,
                                "retries=" + settings.deadConnectionTimeout().toSeconds(),
                                "retry-delay=1",
                                "retry-exponential=no"),
                        paths.output());
        deadline.await(() -> !starter.isAlive());
        final Optional<HelperProcess> proxy = HelperProcess.find("nbdkit", paths.proxySocket());
        if (starter.isAlive() || proxy.isEmpty()) {
            throw helperFailed(starter, paths);
        }
        proxy.get().spareFromOomKiller();
    }

    private void startFuse(
            final NbdfuseRemains.Paths paths, final Path server, final Deadline deadline)
            throws AttachmentException {
        // One request at a time: with several, nbdfuse (1.14 and later) counts a command
        // only after it was sent, and when the answer is quicker it ends by an assertion.
        final HelperProcess fuse =
                HelperProcess.start(
                        List.of(
                                "nbdfuse",
                                "-s",
                                "--connections",
                                "1",
                                paths.file().toString(),
                                "--unix",
                                server.toString()),
                        paths.output());
        final FuseMount mount = new FuseMount(paths.mountPoint());
        deadline.await(() -> mount.isMounted() || !fuse.isAlive());
        if (!mount.isMounted()) {
            throw helperFailed(fuse, paths);
        }
    }

    private static AttachmentException helperFailed(
            final HelperProcess helper, final NbdfuseRemains.Paths paths) {
        final String what = helper.isAlive() ? " is not ready in time" : " has ended";
        return new AttachmentException(
                helper.program()
                        + what
                        + "; it said: "
                        + new HelperOutput("", paths.output()).tail());
    }

    private AttachedDevice publish(
            final String name,
            final LoopDevice loop,
            final boolean adopted,
            final NbdfuseRemains remains)
            throws AttachmentException {
        outputs.computeIfAbsent(name, key -> new HelperOutput(key, remains.paths().output()));
        remains.fuse().ifPresent(helper -> watch(name, helper));
        remains.proxy().ifPresent(helper -> watch(name, helper));
        final Path link = links.publish(name, loop.device());
        LOG.atInfo()
                .addKeyValue("resource", name)
                .addKeyValue("device", loop.device())
                .addKeyValue("adopted", adopted)
                .log("Attached");
        return new AttachedDevice(link, loop.device(), loop.size(), adopted);
    }

    private void watch(final String name, final HelperProcess helper) {
        if (!watched.add(helper.pid())) {
            return;
        }
        helper.whenEnded(() -> {
            watched.remove(helper.pid());
            if (!ending.remove(helper.pid()) && !closed) {
                LOG.atError()
                        .addKeyValue("resource", name)
                        .addKeyValue("helper", helper.program())
                        .addKeyValue("pid", helper.pid())
                        .log(
                                "An attachment helper has ended: the device gives I/O"
                                        + " errors. Unmount it, then attach again");
            }
        });
    }

    @Override
    public void detach(final String name, final DetachMode mode) throws AttachmentException {
        AttachmentRequest.checkName(name);
        try (NameLocks.Held held = locks.lock(name)) {
            final NbdfuseRemains remains = NbdfuseRemains.find(settings.runDirectory(), name);
            takeDown(name, remains, mode);
            LOG.atInfo().addKeyValue("resource", name).log("Detached");
        }
    }

    /// Takes away whatever is there, from the device down to the proxy. A step that waits for an
    /// export that does not answer is cut short by killing the helpers, which fails its I/O.
    private void takeDown(final String name, final NbdfuseRemains remains, final DetachMode mode)
            throws AttachmentException {
        final Deadline deadline = Deadline.in(settings.detachTimeout());
        if (mode == DetachMode.IF_UNUSED && remains.loop().isPresent()) {
            DeviceUsers.refuseIfUsed(name, remains.loop().get().device());
        }
        links.withdraw(name);
        remains.fuse().ifPresent(helper -> ending.add(helper.pid()));
        remains.proxy().ifPresent(helper -> ending.add(helper.pid()));
        if (mode == DetachMode.EVEN_IF_USED) {
            // Fails all I/O, so nothing below waits. The loop device lets go when its last user
            // does.
            killHelpers(remains);
            remains.loop().ifPresent(LoopDevice::unbind);
        } else if (!unwind(name, remains, deadline.orIn(settings.detachTimeout().dividedBy(2)))) {
            LOG.atWarn()
                    .addKeyValue("resource", name)
                    .log("Detaching waits for an export that does not answer; killing the helpers");
            killHelpers(remains);
            unwind(name, remains, deadline);
        }
        final FuseMount mount = new FuseMount(remains.paths().mountPoint());
        if (mount.isMounted()) {
            mount.abort();
        }
        endHelper(name, remains.fuse(), deadline);
        endHelper(name, remains.proxy(), deadline);
        removeFiles(name, remains.paths());
        final HelperOutput output = outputs.remove(name);
        if (output != null) {
            output.drain();
        }
    }

    private static void killHelpers(final NbdfuseRemains remains) {
        remains.proxy().ifPresent(HelperProcess::kill);
        remains.fuse().ifPresent(HelperProcess::kill);
    }

    private static boolean unwind(
            final String name, final NbdfuseRemains remains, final Deadline deadline)
            throws AttachmentException {
        try {
            return BoundedCall.run(
                            "detach-" + name,
                            deadline,
                            () -> {
                                remains.loop().ifPresent(LoopDevice::unbind);
                                final FuseMount mount = new FuseMount(remains.paths().mountPoint());
                                final boolean done =
                                        deadline.await(() ->
                                                !mount.isMounted()
                                                        || mount.unmount() != -Errno.EBUSY);
                                return done && !mount.isMounted();
                            })
                    .orElse(false);
        } catch (final IOException failure) {
            throw new AttachmentException("cannot detach '" + name + "': " + failure, failure);
        }
    }

    private static void endHelper(
            final String name, final Optional<HelperProcess> helper, final Deadline deadline)
            throws AttachmentException {
        if (helper.isPresent() && !helper.get().end(deadline)) {
            throw new AttachmentException(
                    "'"
                            + name
                            + "' is only detached in part: process "
                            + helper.get().pid()
                            + " ("
                            + helper.get().program()
                            + ") does not end. Detach again");
        }
    }

    private void removeFiles(final String name, final NbdfuseRemains.Paths paths)
            throws AttachmentException {
        try {
            Files.deleteIfExists(paths.proxySocket());
            Files.deleteIfExists(paths.output());
            Files.deleteIfExists(paths.mountPoint());
        } catch (final IOException failure) {
            throw new AttachmentException(
                    "'" + name + "' is detached, but " + failure.getMessage() + " stays", failure);
        }
        AttachmentRecord.remove(settings.runDirectory(), name);
    }

    @Override
    public Optional<AttachmentStatus> status(final String name) {
        AttachmentRequest.checkName(name);
        final NbdfuseRemains remains = NbdfuseRemains.find(settings.runDirectory(), name);
        if (remains.isNothing()) {
            return Optional.empty();
        }
        final Optional<Path> device = remains.loop().map(LoopDevice::device);
        return Optional.of(
                new AttachmentStatus(
                        name,
                        kind(),
                        device,
                        remains.loop().map(LoopDevice::size).orElse(0L),
                        remains.isWhole(withProxy),
                        device.map(DeviceUsers::of).orElse(List.of())));
    }

    @Override
    public void resize(final String name, final long size) throws AttachmentException {
        final Optional<AttachmentStatus> status = status(name);
        if (status.isPresent() && status.get().size() == size) {
            return;
        }
        throw new AttachmentException(
                "'"
                        + name
                        + "' cannot grow while it is attached: nbdfuse keeps the size that it found."
                        + " Unmount, detach and attach it again, or use a kernel with nbd");
    }

    @Override
    public List<AttachmentStatus> removeLeftovers(final Set<String> wanted)
            throws AttachmentException {
        final List<AttachmentStatus> staying = new ArrayList<>();
        for (final String name : AttachmentRecord.names(settings.runDirectory())) {
            if (wanted.contains(name)) {
                continue;
            }
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
        closed = true;
        drainer.shutdownNow();
    }
}
