package dev.hast.daemon.attachment;

import dev.hast.daemon.posix.FileCalls;
import dev.hast.daemon.posix.PosixException;
import dev.hast.daemon.posix.SocketCalls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Our copies of the sockets that the kernel's client uses for one device.
///
/// They are kept for one purpose: shutting a socket down from here ends whatever the kernel waits
/// for on it, so that neither DISCONNECT nor a fresh link has to wait for an export that hangs.
///
/// Thread: whoever holds the resource's name lock.
final class NbdLinks {
    private final ExportAddress export;
    private final String exportName;
    private final List<NbdHandshake.Link> held = new ArrayList<>();

    NbdLinks(final ExportAddress export, final String exportName) {
        this.export = export;
        this.exportName = exportName;
    }

    /// Connects one link, and `count - 1` more if the export allows several to one client. Each
    /// wait for the export is bounded by `timeout`.
    List<NbdHandshake.Link> open(final int count, final Duration timeout)
            throws AttachmentException {
        final List<NbdHandshake.Link> links = new ArrayList<>();
        try {
            links.add(NbdHandshake.connect(export, exportName, timeout));
            while (links.getFirst().canMultiConn() && links.size() < count) {
                links.add(NbdHandshake.connect(export, exportName, timeout));
            }
            return links;
        } catch (final AttachmentException failure) {
            links.forEach(NbdHandshake.Link::close);
            throw failure;
        }
    }

    static List<Integer> sockets(final List<NbdHandshake.Link> links) {
        return links.stream().map(NbdHandshake.Link::fd).toList();
    }

    /// Keeps those of `offered` that the kernel has taken, and closes the others. On a socket that
    /// it takes, the kernel sets the send time-out.
    ///
    /// @return how many were taken
    int keepTaken(final List<NbdHandshake.Link> offered) throws PosixException {
        forgetEnded();
        int taken = 0;
        for (final NbdHandshake.Link link : offered) {
            if (SocketCalls.timeout(link.fd(), SocketCalls.SO_SNDTIMEO).isZero()) {
                link.close();
            } else {
                held.add(link);
                taken++;
            }
        }
        return taken;
    }

    void keep(final List<NbdHandshake.Link> links) {
        held.addAll(links);
    }

    private void forgetEnded() {
        for (final NbdHandshake.Link link : List.copyOf(held)) {
            if (SocketCalls.isEnded(link.fd())) {
                link.close();
                held.remove(link);
            }
        }
    }

    boolean anyEnded() {
        return held.stream().anyMatch(link -> SocketCalls.isEnded(link.fd()));
    }

    /// Ends every link, for the kernel too.
    void shutDown() {
        held.forEach(link -> SocketCalls.shutdown(link.fd()));
    }

    /// Lets our copies go; the kernel's stay.
    void close() {
        held.forEach(link -> FileCalls.close(link.fd()));
        held.clear();
    }
}
