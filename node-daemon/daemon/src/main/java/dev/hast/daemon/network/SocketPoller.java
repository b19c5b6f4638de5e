package dev.hast.daemon.network;

import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.FileCalls;
import dev.hast.daemon.posix.PacketCalls;
import dev.hast.daemon.posix.PosixException;
import dev.hast.daemon.posix.ProcessCalls;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One daemon thread that waits for sockets and has them read.
///
/// The sockets may belong to any network namespace. A reader runs on the poller's thread and must
/// not block: it takes a bounded number of datagrams and hands them on. A reader that throws is
/// logged and called again for what comes next.
///
/// Thread: every method from any thread. A socket is closed on the poller's thread, so that no
/// reader ever meets a descriptor that has become another file.
public final class SocketPoller implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SocketPoller.class);
    private static final int SOCKETS_MAX = 1024;
    private static final long CLOSE_SECONDS = 5;
    private static final long PAUSE_NANOS = 100_000_000;

    private record Source(int fd, Runnable reader) {}

    private final Arena arena = Arena.ofShared();
    private final MemorySegment pollfds =
            arena.allocate((long) SOCKETS_MAX * PacketCalls.POLLFD_BYTES, 8);
    private final MemorySegment counter = arena.allocate(16, 8);
    private final ConcurrentLinkedQueue<Runnable> orders = new ConcurrentLinkedQueue<>();
    private final List<Source> sources = new ArrayList<>();
    private final int wakeUp;
    private final Thread thread;
    private boolean closing;
    private volatile boolean closed;

    private SocketPoller(final int wakeUp) {
        this.wakeUp = wakeUp;
        counter.set(ValueLayout.JAVA_LONG, 0, 1L);
        sources.add(new Source(wakeUp, this::obey));
        thread = Thread.ofPlatform().daemon().name("hast-network").unstarted(this::run);
    }

    public static SocketPoller start() throws PosixException {
        final int wakeUp =
                PosixException.check("eventfd", "network thread", PacketCalls.eventCounter());
        final SocketPoller poller = new SocketPoller(wakeUp);
        poller.thread.start();
        return poller;
    }

    /// From now on `reader` is called whenever `fd` has something to read.
    public void add(final int fd, final Runnable reader) {
        order(() -> sources.add(new Source(fd, reader)));
    }

    /// Ends the reading of `fd` and closes it; returns when that is done.
    public void close(final int fd) {
        final CountDownLatch done = new CountDownLatch(1);
        order(() -> {
            sources.removeIf(source -> source.fd() == fd);
            FileCalls.close(fd);
            done.countDown();
        });
        if (Thread.currentThread() != thread) {
            await(done);
        }
    }

    private synchronized void order(final Runnable order) {
        if (closing) {
            throw new IllegalStateException("the network thread has been stopped");
        }
        orders.add(order);
        PacketCalls.add(wakeUp, counter.address());
    }

    private void obey() {
        PacketCalls.drain(wakeUp, counter.address() + 8);
        for (Runnable order = orders.poll(); order != null; order = orders.poll()) {
            order.run();
        }
    }

    private void run() {
        ProcessCalls.urgent(); // or not, if it is not allowed
        while (!closed) {
            try {
                turn();
            } catch (final RuntimeException failure) {
                LOG.atError().setCause(failure).log("A reader of the network failed");
            }
        }
    }

    private void turn() {
        final int count = Math.min(SOCKETS_MAX, sources.size());
        for (int i = 0; i < count; i++) {
            final long at = (long) i * PacketCalls.POLLFD_BYTES;
            pollfds.set(ValueLayout.JAVA_INT, at, sources.get(i).fd());
            pollfds.set(ValueLayout.JAVA_SHORT, at + 4, PacketCalls.POLLIN);
            pollfds.set(ValueLayout.JAVA_SHORT, at + 6, (short) 0);
        }
        final int result = PacketCalls.poll(pollfds.address(), count, -1);
        if (result < 0 && result != -Errno.EINTR) {
            LOG.atError()
                    .addKeyValue("cause", Errno.describe(result))
                    .log("Waiting for the network failed");
            LockSupport.parkNanos(PAUSE_NANOS);
            return;
        }
        // The orders come last: they change the list that the others are read by.
        for (int i = count - 1; i >= 0; i--) {
            final short happened =
                    pollfds.get(ValueLayout.JAVA_SHORT, (long) i * PacketCalls.POLLFD_BYTES + 6);
            if (happened != 0) {
                read(sources.get(i), happened);
            }
        }
    }

    private void read(final Source source, final short happened) {
        if ((happened & PacketCalls.POLLNVAL) != 0) {
            LOG.atError()
                    .addKeyValue("descriptor", source.fd())
                    .log("A network socket was closed behind the network thread's back");
            sources.remove(source);
            return;
        }
        source.reader().run();
    }

    private static void await(final CountDownLatch done) {
        boolean interrupted = false;
        final long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(CLOSE_SECONDS);
        while (true) {
            try {
                done.await(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
                break;
            } catch (final InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /// Stops the thread; sockets that were not closed stay open and are read no more.
    @Override
    public void close() {
        synchronized (this) {
            if (closing) {
                return;
            }
            order(() -> closed = true);
            closing = true;
        }
        boolean interrupted = false;
        try {
            thread.join(TimeUnit.SECONDS.toMillis(CLOSE_SECONDS));
        } catch (final InterruptedException _) {
            interrupted = true;
        }
        if (!thread.isAlive()) {
            FileCalls.close(wakeUp);
            arena.close();
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
