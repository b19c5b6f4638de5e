package dev.hast.daemon.storage;

import dev.hast.daemon.posix.Errno;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Promise;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A provider on this machine: a block device or a regular file, opened for direct I/O and locked
/// against everybody else.
///
/// Requests wait in order until fewer than `queueDepth` are at the device. Each is carried out in
/// steps by an [IoEngine]; this class decides what the next step is, so that both engines treat
/// short transfers, interruptions and errors alike.
///
/// After [#close], [#closed] completes when the descriptor and its lock are gone; only then can the
/// same provider be opened again. Close it before its event loop ends.
public final class LocalProvider implements Provider {
    /// EINTR and EAGAIN are tried again this often without progress; a kernel that goes on saying
    /// it is broken.
    private static final int ATTEMPTS_MAX = 100;

    private final EventLoop loop;
    private final ProviderFile file;
    private final IoEngine engine;
    private final int queueDepth;
    private final @Nullable IoRequest[] requests;
    private final IoRequestQueue free = new IoRequestQueue();
    private final IoRequestQueue waiting = new IoRequestQueue();
    private final IoRequestQueue rejected = new IoRequestQueue();
    private final Runnable tellRejected = this::tellRejected;
    private final Promise<@Nullable Void> closed;
    private int known;
    private int inFlight;
    private boolean closing;
    private boolean letGo;
    private long capacity;
    private ZeroMethod unmapMethod = ZeroMethod.PUNCH_HOLE;
    private ZeroMethod keepMethod = ZeroMethod.ZERO_RANGE;

    /// Opens `path` and binds it to `loop`; may be called from any thread. The opening itself,
    /// which can take long on a device that is in trouble, happens on a thread of its own. Fails
    /// with a [ProviderException].
    public static Future<LocalProvider> open(
            final Path path, final ProviderOptions options, final EventLoop loop) {
        return ProviderOpening.start(path, options, loop);
    }

    /// Makes a new file to be a provider, of `size` bytes that read as zero, durably; an existing
    /// one is refused. Blocking. With `preallocate` its space is taken now, so that no later write
    /// can meet a full file system.
    public static void createFile(final Path path, final long size, final boolean preallocate)
            throws ProviderException {
        ProviderFile.create(path, size, preallocate);
    }

    LocalProvider(
            final ProviderFile file,
            final ProviderOptions options,
            final EventLoop loop,
            final EngineFactory engines)
            throws ProviderException {
        this.loop = loop;
        this.file = file;
        this.queueDepth = options.queueDepth();
        this.requests = new IoRequest[options.queueLimit()];
        this.capacity = file.capacity();
        this.closed = loop.newPromise();
        this.engine = engines.make(requests, this::stepped, this::close);
    }

    /// Makes the engine of a provider.
    @FunctionalInterface
    interface EngineFactory {
        /// @param requests the provider's table, in which a request's index is its place
        /// @param sink told of each step's end
        /// @param onLoopClosed called when the event loop goes away under an engine that lives on
        ///   it
        IoEngine make(@Nullable IoRequest[] requests, IoEngine.StepSink sink, Runnable onLoopClosed)
                throws ProviderException;
    }

    /// The device or file, as it was named.
    public Path path() {
        return file.path();
    }

    /// `io_uring` or `threads`.
    public String engine() {
        return engine.name();
    }

    /// Does I/O pass by the page cache? Not where the file system does not know how.
    public boolean isDirect() {
        return file.isDirect();
    }

    /// Requests that are not completed, waiting ones included.
    public int outstanding() {
        return inFlight + waiting.size();
    }

    /// Done when the descriptor and the lock are gone.
    public Future<@Nullable Void> closed() {
        return closed;
    }

    @Override
    public long capacity() {
        return capacity;
    }

    @Override
    public int sectorSize() {
        return file.sectorSize();
    }

    @Override
    public void read(
            final long offset,
            final ByteBuf buffer,
            final int length,
            final IoCompletion completion,
            final long token) {
        transfer(IoRequest.Operation.READ, offset, buffer, 0, length, completion, token);
    }

    @Override
    public void write(
            final long offset,
            final ByteBuf buffer,
            final int bufferOffset,
            final int length,
            final IoCompletion completion,
            final long token) {
        transfer(
                IoRequest.Operation.WRITE, offset, buffer, bufferOffset, length, completion, token);
    }

    private void transfer(
            final IoRequest.Operation operation,
            final long offset,
            final ByteBuf buffer,
            final int bufferOffset,
            final int length,
            final IoCompletion completion,
            final long token) {
        final long address = buffer.memoryAddress() + bufferOffset;
        final IoRequest request = take(operation, completion, token);
        if (request == null) {
            return;
        }
        request.buffer = buffer;
        request.address = address;
        final boolean fits = bufferOffset >= 0 && bufferOffset <= buffer.capacity() - length;
        accept(request, offset, length, fits && isAligned(address));
    }

    @Override
    public void zero(
            final long offset,
            final long length,
            final boolean mayUnmap,
            final IoCompletion completion,
            final long token) {
        final IoRequest request = take(IoRequest.Operation.ZERO, completion, token);
        if (request != null) {
            request.mayUnmap = mayUnmap;
            request.zeroMethod = mayUnmap ? unmapMethod : keepMethod;
            accept(request, offset, length, true);
        }
    }

    @Override
    public void flush(final IoCompletion completion, final long token) {
        final IoRequest request = take(IoRequest.Operation.FLUSH, completion, token);
        if (request != null) {
            accept(request, 0, file.sectorSize(), true);
        }
    }

    /// Grows to at least `newCapacity`: a file is extended with zeroes, of a device it is asked
    /// whether it has become larger. `-ENOSPC` if it has not, or if the file system has no room.
    public void grow(final long newCapacity, final IoCompletion completion, final long token) {
        if (closing) {
            loop.execute(() -> tell(completion, token, -Errno.ESHUTDOWN));
            return;
        }
        inFlight++;
        Thread.ofPlatform()
                .daemon()
                .name("hast-grow")
                .start(() -> {
                    final long grown = file.grow(newCapacity);
                    loop.execute(() -> grown(grown, completion, token));
                });
    }

    private void grown(final long result, final IoCompletion completion, final long token) {
        inFlight--;
        if (result > capacity) {
            capacity = result;
        }
        tell(completion, token, result < 0 ? (int) result : 0);
        goOn();
    }

    private @Nullable IoRequest take(
            final IoRequest.Operation operation, final IoCompletion completion, final long token) {
        IoRequest request = free.poll();
        if (request == null) {
            if (known == requests.length) {
                loop.execute(() -> tell(completion, token, -Errno.EAGAIN));
                return null;
            }
            request = new IoRequest((short) known);
            requests[known++] = request;
        }
        request.reset(operation, completion, token);
        return request;
    }

    private void accept(
            final IoRequest request, final long offset, final long length, final boolean valid) {
        request.offset = offset;
        request.length = length;
        final boolean inRange = offset >= 0 && length > 0 && offset <= capacity - length;
        if (closing) {
            reject(request, -Errno.ESHUTDOWN);
        } else if (!valid || !inRange || !isAligned(offset) || !isAligned(length)) {
            reject(request, -Errno.EINVAL);
        } else if (inFlight < queueDepth && waiting.isEmpty()) {
            inFlight++;
            start(request);
        } else {
            waiting.add(request);
        }
    }

    private boolean isAligned(final long value) {
        return (value & (file.sectorSize() - 1)) == 0;
    }

    private void start(final IoRequest request) {
        request.planStep();
        if (!engine.submit(request)) {
            inFlight--;
            reject(request, -Errno.ESHUTDOWN);
            closeIfIdle();
        }
    }

    /// What follows from the result of a step.
    private void stepped(final IoRequest request, final int result) {
        if (result < 0) {
            failed(request, result);
            return;
        }
        switch (request.step) {
            case READ, WRITE -> transferred(request, result);
            case ALLOCATE -> progressed(request, request.stepLength);
            case SYNC -> finish(request, 0);
        }
    }

    private void failed(final IoRequest request, final int result) {
        if ((result == -Errno.EINTR || result == -Errno.EAGAIN)
                && ++request.attempts < ATTEMPTS_MAX) {
            start(request);
        } else if (request.step == IoRequest.Step.ALLOCATE && ZeroMethod.isUnsupported(result)) {
            request.zeroMethod = request.zeroMethod.next();
            if (request.mayUnmap) {
                unmapMethod = request.zeroMethod;
            } else {
                keepMethod = request.zeroMethod;
            }
            start(request);
        } else {
            finish(request, result);
        }
    }

    private void transferred(final IoRequest request, final int bytes) {
        if (bytes == request.stepLength) {
            progressed(request, bytes);
            return;
        }
        // Direct I/O cannot go on from the middle of a sector: what is left of it is done again.
        final long wholeSectors = bytes & -(long) file.sectorSize();
        if (wholeSectors == 0) {
            // The file ends here although it did not when it was opened, or the device takes
            // nothing more: both are failures.
            finish(request, -Errno.EIO);
        } else {
            progressed(request, wholeSectors);
        }
    }

    private void progressed(final IoRequest request, final long bytes) {
        request.done += bytes;
        request.attempts = 0;
        if (request.done == request.length) {
            finish(request, 0);
        } else {
            start(request);
        }
    }

    private void finish(final IoRequest request, final int result) {
        inFlight--;
        release(request, result);
        goOn();
    }

    private void goOn() {
        while (inFlight < queueDepth) {
            final IoRequest next = waiting.poll();
            if (next == null) {
                break;
            }
            inFlight++;
            start(next);
        }
        closeIfIdle();
    }

    /// Ends a request that never reached the device; later, because its caller may still be inside
    /// the call.
    private void reject(final IoRequest request, final int result) {
        request.stepResult = result;
        final boolean first = rejected.isEmpty();
        rejected.add(request);
        if (first) {
            loop.execute(tellRejected);
        }
    }

    private void tellRejected() {
        for (int left = rejected.size(); left > 0; left--) {
            final IoRequest request = rejected.poll();
            if (request != null) {
                release(request, request.stepResult);
            }
        }
        if (!rejected.isEmpty()) {
            loop.execute(tellRejected);
        }
    }

    private void release(final IoRequest request, final int result) {
        final IoCompletion completion = request.completion;
        final long token = request.token;
        request.forget();
        free.add(request);
        if (completion != null) {
            tell(completion, token, result);
        }
    }

    private static void tell(final IoCompletion completion, final long token, final int result) {
        try {
            completion.completed(token, result);
        } catch (final Throwable bug) {
            // Thrown into the loop it would take other volumes' completions with it.
            final Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, bug);
        }
    }

    @Override
    public void close() {
        if (closing) {
            return;
        }
        closing = true;
        IoRequest request = waiting.poll();
        while (request != null) {
            reject(request, -Errno.ECANCELED);
            request = waiting.poll();
        }
        closeIfIdle();
    }

    private void closeIfIdle() {
        if (!closing || inFlight > 0 || !waiting.isEmpty() || letGo) {
            return;
        }
        letGo = true;
        engine.close();
        Thread.ofPlatform()
                .daemon()
                .name("hast-close")
                .start(() -> {
                    file.close();
                    closed.trySuccess(null);
                });
    }
}
