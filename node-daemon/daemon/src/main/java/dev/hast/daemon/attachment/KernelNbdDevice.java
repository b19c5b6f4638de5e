package dev.hast.daemon.attachment;

import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.FileCalls;
import dev.hast.daemon.posix.PosixException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One device of the kernel's NBD client that this daemon looks after.
///
/// Thread: whoever holds the resource's name lock; [#isConnected] and the constants are for all.
final class KernelNbdDevice {
    private static final Logger LOG = LoggerFactory.getLogger(KernelNbdDevice.class);

    /// For one try of many. The first link of an attachment waits for as long as attaching may
    /// take, because the export answers it only when it has done with the requests of earlier ones.
    private static final Duration REPAIR_HANDSHAKE = Duration.ofSeconds(2);

    private static final Duration ADOPTION_STEP = Duration.ofMillis(200);
    private static final int PROBE_LENGTH = 4096;

    private final AttachmentRequest request;
    private final NbdBlockDevice block;
    private final NbdLinks links;
    private final AttachmentSettings settings;
    private volatile boolean connected;

    KernelNbdDevice(
            final AttachmentRequest request,
            final NbdBlockDevice block,
            final NbdLinks links,
            final AttachmentSettings settings) {
        this.request = request;
        this.block = block;
        this.links = links;
        this.settings = settings;
    }

    /// Makes a new device.
    static KernelNbdDevice connect(
            final AttachmentRequest request,
            final NbdLinks links,
            final AttachmentSettings settings,
            final NbdNetlink netlink,
            final Deadline deadline)
            throws AttachmentException, PosixException {
        final List<NbdHandshake.Link> opened = links.open(settings.connections(), deadline.left());
        final NbdHandshake.Link first = opened.getFirst();
        final int index;
        try {
            index =
                    netlink.connect(
                            new NbdNetlink.Parameters(
                                    first.size(),
                                    BlockSizes.logical(first.size()),
                                    first.flags(),
                                    settings.requestTimeout(),
                                    settings.deadConnectionTimeout(),
                                    NbdBlockDevice.backend(request)),
                            NbdLinks.sockets(opened));
        } catch (final PosixException failure) {
            opened.forEach(NbdHandshake.Link::close);
            throw failure;
        }
        links.keep(opened);
        final NbdBlockDevice block = new NbdBlockDevice(index);
        final KernelNbdDevice device = new KernelNbdDevice(request, block, links, settings);
        device.connected = true;
        final boolean ready =
                deadline.await(() -> Files.exists(block.path()) && block.size() == first.size());
        if (!ready) {
            throw new AttachmentException(
                    block.path()
                            + " for '"
                            + request.name()
                            + "' does not show its size of "
                            + first.size()
                            + " bytes");
        }
        return device;
    }

    String name() {
        return request.name();
    }

    NbdBlockDevice block() {
        return block;
    }

    boolean isSameVolume(final AttachmentRequest other) {
        return NbdBlockDevice.backend(request).equals(NbdBlockDevice.backend(other));
    }

    boolean isFor(final AttachmentRequest other) {
        return request.equals(other);
    }

    /// Whether no link is known to be dead.
    boolean isConnected() {
        return connected && !block.backend().isEmpty();
    }

    /// Gives a device of an earlier daemon new links. The kernel takes them only for links that it
    /// knows to be dead. One to a daemon that was killed is; a half-open one is not yet, and is
    /// found out by a read: either it is answered, then the link is alive after all, or it runs
    /// into the request time-out.
    ///
    /// @return false when the kernel has given the device up, so that it takes no links any more
    boolean adopt(final NbdNetlink netlink, final Deadline deadline)
            throws AttachmentException, PosixException {
        links.shutDown();
        Probe probe = null;
        while (true) {
            final int taken = offer(netlink, deadline.left());
            if (taken < 0) {
                return false;
            }
            if (taken > 0) {
                connected = true;
                return true;
            }
            if (probe == null) {
                probe = Probe.start(block);
            } else if (probe.isAnswered()) {
                LOG.atWarn()
                        .addKeyValue("resource", name())
                        .addKeyValue("device", block.path())
                        .log(
                                "The device of an earlier daemon is still served; it is left as it is");
                connected = true;
                return true;
            }
            if (deadline.isOver()) {
                throw new AttachmentException(
                        "cannot take over "
                                + block.path()
                                + " for '"
                                + name()
                                + "': the kernel holds on to a link that does not answer. Detach"
                                + " it, then attach again");
            }
            deadline.orIn(ADOPTION_STEP).await(() -> false);
        }
    }

    /// Opens links and offers them to the kernel.
    ///
    /// @return how many it took; -1 when the device is not connected any more
    private int offer(final NbdNetlink netlink, final Duration timeout)
            throws AttachmentException, PosixException {
        final List<NbdHandshake.Link> opened = links.open(settings.connections(), timeout);
        try {
            netlink.reconfigure(
                    block.index(), NbdBlockDevice.backend(request), NbdLinks.sockets(opened));
            return links.keepTaken(opened);
        } catch (final PosixException failure) {
            opened.forEach(NbdHandshake.Link::close);
            if (failure.errno() == Errno.EINVAL || failure.errno() == Errno.ENOENT) {
                return -1;
            }
            throw failure;
        }
    }

    /// One try to replace dead links.
    LinkMonitor.Progress repair(final NbdNetlink netlink) {
        connected = false;
        try {
            final int taken = offer(netlink, REPAIR_HANDSHAKE);
            if (taken < 0) {
                return LinkMonitor.Progress.GONE;
            }
            connected = true;
            if (taken == 0) {
                return LinkMonitor.Progress.NOTHING_DEAD;
            }
            LOG.atInfo()
                    .addKeyValue("resource", name())
                    .addKeyValue("device", block.path())
                    .addKeyValue("links", taken)
                    .log("The device is connected again");
            return LinkMonitor.Progress.REPAIRED;
        } catch (final AttachmentException | PosixException failure) {
            LOG.atDebug()
                    .addKeyValue("resource", name())
                    .addKeyValue("cause", failure.getMessage())
                    .log("The device is not connected again yet");
            return LinkMonitor.Progress.NOT_YET;
        }
    }

    void resize(final NbdNetlink netlink, final long size)
            throws AttachmentException, PosixException {
        if (block.size() == size) {
            return;
        }
        netlink.resize(block.index(), NbdBlockDevice.backend(request), size);
        if (!Deadline.in(settings.attachTimeout()).await(() -> block.size() == size)) {
            throw new AttachmentException(
                    block.path() + " has " + block.size() + " bytes instead of " + size);
        }
        LOG.atInfo()
                .addKeyValue("resource", name())
                .addKeyValue("device", block.path())
                .addKeyValue("bytes", size)
                .log("The device has grown");
    }

    boolean hasEndedLink() {
        return links.anyEnded();
    }

    void shutDownLinks() {
        links.shutDown();
    }

    void closeLinks() {
        links.close();
    }

    /// A read of the first block, past the page cache, in a thread of its own.
    private static final class Probe {
        private volatile boolean answered;

        static Probe start(final NbdBlockDevice block) {
            final Probe probe = new Probe();
            Thread.ofPlatform()
                    .daemon()
                    .name("probe-nbd" + block.index())
                    .start(() -> probe.read(block));
            return probe;
        }

        private void read(final NbdBlockDevice block) {
            final int fd = FileCalls.open(block.path(), FileCalls.O_RDONLY | FileCalls.O_DIRECT, 0);
            if (fd < 0) {
                return;
            }
            try (Arena arena = Arena.ofConfined()) {
                final long address = arena.allocate(PROBE_LENGTH, PROBE_LENGTH).address();
                answered = FileCalls.pread(fd, address, PROBE_LENGTH, 0) == PROBE_LENGTH;
            } finally {
                FileCalls.close(fd);
            }
        }

        boolean isAnswered() {
            return answered;
        }
    }
}
