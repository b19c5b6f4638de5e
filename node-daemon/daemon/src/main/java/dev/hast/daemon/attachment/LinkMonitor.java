package dev.hast.daemon.attachment;

import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.PosixException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Listens for the kernel's word that a link has died, and has it mended.
///
/// One thread listens; each device that needs mending gets a thread until it is mended or gone. A
/// link dies when its export closes it, and when a request on it has not been answered within the
/// request time-out: then the device has merely a slow export, and mending sends its requests
/// again.
final class LinkMonitor implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LinkMonitor.class);
    private static final Duration PATIENCE = Duration.ofSeconds(1);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LAST_PAUSE = Duration.ofSeconds(1);

    /// The kernel may say that a link is dead a moment before it takes another one in its place.
    private static final int NOTHING_DEAD_MAX = 5;

    /// What a try to mend a device came to.
    enum Progress {
        REPAIRED,
        NOTHING_DEAD,
        NOT_YET,
        GONE
    }

    private final NbdNetlink news;
    private final IntFunction<Progress> repair;
    private final Supplier<Set<Integer>> all;
    private final Set<Integer> inRepair = ConcurrentHashMap.newKeySet();
    private final Set<Integer> again = ConcurrentHashMap.newKeySet();
    private final Thread listener;
    private volatile boolean closed;

    /// @param repair makes one try
    /// @param all the indexes of every device, for when news was lost
    LinkMonitor(
            final NbdNetlink news,
            final IntFunction<Progress> repair,
            final Supplier<Set<Integer>> all) {
        this.news = news;
        this.repair = repair;
        this.all = all;
        this.listener =
                Thread.ofPlatform().daemon().name("attachment-links").unstarted(this::listenOn);
    }

    /// A socket that receives the kernel's news from now on.
    static NbdNetlink listen() throws PosixException {
        final NbdNetlink news = NbdNetlink.open();
        try {
            news.listen(PATIENCE);
            return news;
        } catch (final PosixException failure) {
            news.close();
            throw failure;
        }
    }

    void start() {
        listener.start();
    }

    private void listenOn() {
        try (news) {
            while (!closed) {
                hear();
            }
        } catch (final PosixException failure) {
            LOG.atError()
                    .addKeyValue("cause", failure.getMessage())
                    .log(
                            "The kernel's news of dead links cannot be read: devices are not"
                                    + " connected again by themselves. Restart hastd");
        }
    }

    private void hear() throws PosixException {
        try {
            for (final int index : news.nextDeadLinks()) {
                mend(index);
            }
        } catch (final PosixException failure) {
            if (failure.errno() != Errno.ENOBUFS) {
                throw failure;
            }
            all.get().forEach(this::mend);
        }
    }

    /// Mends the device at `index` unless that is under way; called for each news, and by whoever
    /// else sees a dead link.
    void mend(final int index) {
        again.add(index);
        if (all.get().contains(index) && inRepair.add(index)) {
            LOG.atWarn().addKeyValue("device", "/dev/nbd" + index).log("A device has lost a link");
            Thread.ofPlatform()
                    .daemon()
                    .name("attachment-mend-nbd" + index)
                    .start(() -> mendUntilDone(index));
        }
    }

    private void mendUntilDone(final int index) {
        Duration pause = FIRST_PAUSE;
        int nothingDead = 0;
        try {
            while (!closed) {
                again.remove(index);
                final Progress progress = repair.apply(index);
                nothingDead = progress == Progress.NOTHING_DEAD ? nothingDead + 1 : 0;
                final boolean done =
                        switch (progress) {
                            case GONE -> true;
                            case REPAIRED -> !again.contains(index);
                            case NOTHING_DEAD ->
                                    nothingDead >= NOTHING_DEAD_MAX && !again.contains(index);
                            case NOT_YET -> false;
                        };
                if (done) {
                    return;
                }
                Deadline.in(pause).await(() -> closed);
                pause = progress == Progress.NOT_YET ? longer(pause) : FIRST_PAUSE;
            }
        } finally {
            inRepair.remove(index);
            if (again.contains(index) && !closed) {
                mend(index);
            }
        }
    }

    private static Duration longer(final Duration pause) {
        final Duration twice = pause.multipliedBy(2);
        return twice.compareTo(LAST_PAUSE) > 0 ? LAST_PAUSE : twice;
    }

    @Override
    public void close() {
        closed = true;
    }
}
