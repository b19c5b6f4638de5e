package dev.hast.daemon.arbiter;

import dev.hast.core.configuration.Configuration;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The register in a directory that all daemons of **one machine** share: for tests and for trying
/// HAST out. It survives no machine.
///
/// | file | content |
/// |---|---|
/// | `NAME.record` | `revision N`, a line feed, and the record |
/// | `.lock` | the highest revision ever given, in decimal; locked while a change is made |
///
/// A change is written to `NAME.record.new`, made durable, and renamed over the old file, so a
/// reader (who takes no lock) and a crash see the old record or the new one. Revisions are given
/// for the whole directory, so a file that was deleted and made again repeats none.
///
/// All blocking work is done on one thread of its own. Not for network file systems.
public final class FileArbiter implements Arbiter {

    /// How long a change waits for the lock.
    public static final Duration LOCK_TIMEOUT = Duration.ofSeconds(3);

    private static final Logger LOG = LoggerFactory.getLogger(FileArbiter.class);
    private static final long LOCK_POLL_MILLIS = 2;
    private static final long WATCH_POLL_MILLIS = 200;
    private static final ArbiterOutcome.Unavailable CLOSED =
            new ArbiterOutcome.Unavailable(
                    "the arbiter's client is closed, because hastd is stopping");

    private final Path directory;
    private final Duration lockTimeout;
    private final FileChannel lockFile;
    private final ScheduledExecutorService worker =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().name("arbiter-file").daemon().factory());

    /// @throws IOException if the directory cannot be made or written to
    public FileArbiter(Path directory, Duration lockTimeout) throws IOException {
        this.directory = directory;
        this.lockTimeout = lockTimeout;
        Files.createDirectories(directory);
        this.lockFile =
                FileChannel.open(
                        directory.resolve(".lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.READ,
                        StandardOpenOption.WRITE);
    }

    /// What a register's file holds, before anybody has looked into the record.
    private record Content(Revision revision, byte[] bytes) {

        static final Content NOTHING = new Content(Revision.ABSENT, new byte[0]);
    }

    @Override
    public ArbiterKind kind() {
        return ArbiterKind.FILE;
    }

    @Override
    public void read(
            String resourceName,
            Executor executor,
            Consumer<? super ArbiterOutcome.OfRead> answer) {
        Arbiter.requireName(resourceName);
        onWorker(
                () -> Delivery.to(executor, () -> answer.accept(CLOSED)),
                () -> {
                    final ArbiterOutcome.OfRead outcome = readNow(resourceName);
                    Delivery.to(executor, () -> answer.accept(outcome));
                });
    }

    @Override
    public void compareAndSet(
            String resourceName,
            Revision expected,
            Configuration proposed,
            Executor executor,
            Consumer<? super ArbiterOutcome.OfSwap> answer) {
        Arbiter.requireName(resourceName);
        final byte[] bytes = ConfigurationCodec.encode(proposed);
        onWorker(
                () -> Delivery.to(executor, () -> answer.accept(CLOSED)),
                () -> {
                    final ArbiterOutcome.OfSwap outcome = swapNow(resourceName, expected, bytes);
                    Delivery.to(executor, () -> answer.accept(outcome));
                });
    }

    @Override
    public Watch watch(String resourceName, Executor executor, Runnable hint) {
        Arbiter.requireName(resourceName);
        final Revision[] last = {Revision.ABSENT};
        final var polling =
                worker.scheduleWithFixedDelay(
                        () -> {
                            try {
                                final Revision now = content(resourceName).revision();
                                if (!now.equals(last[0])) {
                                    last[0] = now;
                                    Delivery.to(executor, hint);
                                }
                            } catch (IOException | UnreadableRecordException e) {
                                // Whoever reads the register is told; a hint has nothing to say
                                // about it.
                                Delivery.to(executor, hint);
                            }
                        },
                        0,
                        WATCH_POLL_MILLIS,
                        TimeUnit.MILLISECONDS);
        return () -> polling.cancel(false);
    }

    @Override
    public void close() {
        onWorker(() -> {}, this::closeLockFile);
        worker.shutdown();
    }

    private ArbiterOutcome.OfRead readNow(String resourceName) {
        try {
            return decode(resourceName, content(resourceName));
        } catch (IOException e) {
            return new ArbiterOutcome.Unavailable(failed("read", resourceName, e));
        } catch (UnreadableRecordException e) {
            return new ArbiterOutcome.Refused(unusable(resourceName, e));
        }
    }

    private ArbiterOutcome.OfSwap swapNow(String resourceName, Revision expected, byte[] proposed) {
        try (FileLock lock = lock()) {
            if (lock == null) {
                return new ArbiterOutcome.Unavailable(
                        "the arbiter's directory %s stayed locked for %s by another process"
                                .formatted(directory, lockTimeout));
            }
            final Content current = content(resourceName);
            if (!current.revision().equals(expected)) {
                return switch (decode(resourceName, current)) {
                    case ArbiterOutcome.Read read -> new ArbiterOutcome.Conflict(read, false);
                    case ArbiterOutcome.Unavailable unavailable -> unavailable;
                    case ArbiterOutcome.Refused refused -> refused;
                };
            }
            return replace(resourceName, proposed);
        } catch (IOException e) {
            return new ArbiterOutcome.Unavailable(failed("change", resourceName, e));
        } catch (UnreadableRecordException e) {
            return new ArbiterOutcome.Refused(unusable(resourceName, e));
        }
    }

    /// Throws only while the old record is still in place.
    private ArbiterOutcome.OfSwap replace(String resourceName, byte[] proposed)
            throws IOException, UnreadableRecordException {
        final Revision next = new Revision(highestRevision() + 1);
        final byte[] counter = Long.toString(next.value()).getBytes(StandardCharsets.US_ASCII);
        writeAll(lockFile, counter);
        final Path fresh = directory.resolve(resourceName + ".record.new");
        try (FileChannel file =
                FileChannel.open(
                        fresh,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING)) {
            final byte[] head = ("revision " + next + "\n").getBytes(StandardCharsets.US_ASCII);
            final byte[] all = Arrays.copyOf(head, head.length + proposed.length);
            System.arraycopy(proposed, 0, all, head.length, proposed.length);
            writeAll(file, all);
        }
        Files.move(
                fresh,
                path(resourceName),
                StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        try (FileChannel names = FileChannel.open(directory, StandardOpenOption.READ)) {
            names.force(true);
        } catch (IOException e) {
            return new ArbiterOutcome.Unknown(failed("make durable", resourceName, e));
        }
        return new ArbiterOutcome.Swapped(next);
    }

    private static void writeAll(FileChannel file, byte[] bytes) throws IOException {
        final ByteBuffer buffer = ByteBuffer.wrap(bytes);
        file.position(0);
        while (buffer.hasRemaining()) {
            file.write(buffer);
        }
        file.force(true);
    }

    private long highestRevision() throws IOException, UnreadableRecordException {
        final ByteBuffer buffer = ByteBuffer.allocate(20);
        while (buffer.hasRemaining() && lockFile.read(buffer, buffer.position()) > 0) {
            // until the end of the file
        }
        final String text =
                new String(buffer.array(), 0, buffer.position(), StandardCharsets.US_ASCII);
        if (!text.matches("[0-9]{0,18}")) {
            throw new UnreadableRecordException(
                    "the file .lock holds '" + text + "' instead of a number");
        }
        return text.isEmpty() ? 0 : Long.parseLong(text);
    }

    private Content content(String resourceName) throws IOException, UnreadableRecordException {
        final byte[] all;
        try (var in = Files.newInputStream(path(resourceName))) {
            // Larger ones are refused by the codec; none is taken into memory whole.
            all = in.readNBytes(2 * ConfigurationCodec.BYTES_MAX);
        } catch (NoSuchFileException e) {
            return Content.NOTHING;
        }
        int end = 0;
        while (end < all.length && all[end] != '\n') {
            end++;
        }
        final String head = new String(all, 0, end, StandardCharsets.US_ASCII);
        if (!head.matches("revision [1-9][0-9]{0,17}")) {
            throw new UnreadableRecordException("the first line is not 'revision' and a number");
        }
        return new Content(
                new Revision(Long.parseLong(head.substring("revision ".length()))),
                Arrays.copyOfRange(all, Math.min(end + 1, all.length), all.length));
    }

    private ArbiterOutcome.OfRead decode(String resourceName, Content content) {
        if (content.revision().equals(Revision.ABSENT)) {
            return new ArbiterOutcome.Read(Optional.empty(), Revision.ABSENT);
        }
        try {
            return new ArbiterOutcome.Read(
                    Optional.of(ConfigurationCodec.decode(content.bytes())), content.revision());
        } catch (UnreadableRecordException e) {
            return new ArbiterOutcome.Refused(unusable(resourceName, e));
        }
    }

    /// Between processes the kernel locks; between two arbiters of one process, which only tests
    /// have, the JDK refuses instead of waiting.
    private @Nullable FileLock lock() throws IOException {
        final long deadline = System.nanoTime() + lockTimeout.toNanos();
        do {
            try {
                final FileLock lock = lockFile.tryLock();
                if (lock != null) {
                    return lock;
                }
            } catch (OverlappingFileLockException e) {
                // Held in this process: the same as held elsewhere.
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(LOCK_POLL_MILLIS));
        } while (System.nanoTime() - deadline < 0);
        return null;
    }

    private Path path(String resourceName) {
        return directory.resolve(resourceName + ".record");
    }

    private String failed(String what, String resourceName, IOException e) {
        return "cannot %s the record of resource '%s' in %s: %s"
                .formatted(what, resourceName, path(resourceName), e);
    }

    private String unusable(String resourceName, UnreadableRecordException e) {
        return "cannot use the record of resource '%s' in %s: %s"
                .formatted(resourceName, path(resourceName), e.getMessage());
    }

    private void closeLockFile() {
        try {
            lockFile.close();
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("directory", directory)
                    .setCause(e)
                    .log("cannot close the arbiter's lock file");
        }
    }

    private void onWorker(Runnable otherwise, Runnable task) {
        try {
            worker.execute(task);
        } catch (RejectedExecutionException e) {
            otherwise.run();
        }
    }
}
