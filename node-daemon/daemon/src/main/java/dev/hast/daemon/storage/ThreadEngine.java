package dev.hast.daemon.storage;

import dev.hast.daemon.posix.FileCalls;
import io.netty.channel.EventLoop;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/// Disk I/O by threads that block, for machines where io_uring is not allowed.
///
/// Each provider has its own threads, started as the depth asks for them and ended after some idle
/// seconds: a disk that hangs would take all of a shared pool with it, and every other volume too.
///
/// The way out is a list under a monitor, the way back a stack swapped in one step and turned
/// round: neither makes garbage. The loop is woken only when the stack was empty, so that
/// completions which come together cost one wake-up.
final class ThreadEngine implements IoEngine {
    private static final long IDLE_MILLISECONDS_MAX = 10_000;
    private static final VarHandle COMPLETED;

    static {
        try {
            COMPLETED =
                    MethodHandles.lookup()
                            .findVarHandle(ThreadEngine.class, "completed", IoRequest.class);
        } catch (final ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final int descriptor;
    private final String threadName;
    private final int threadsMax;
    private final EventLoop loop;
    private final StepSink sink;
    private final Runnable drain = this::drain;

    private final Object monitor = new Object();
    private final IoRequestQueue queue = new IoRequestQueue();
    private int threads;
    private int idle;
    private boolean closed;

    @SuppressWarnings("UnusedVariable") // by COMPLETED
    private volatile @Nullable IoRequest completed;

    ThreadEngine(
            final int descriptor,
            final String threadName,
            final int threadsMax,
            final EventLoop loop,
            final StepSink sink) {
        this.descriptor = descriptor;
        this.threadName = threadName;
        this.threadsMax = threadsMax;
        this.loop = loop;
        this.sink = sink;
    }

    @Override
    public boolean submit(final IoRequest request) {
        synchronized (monitor) {
            queue.add(request);
            if (queue.size() > idle && threads < threadsMax) {
                threads++;
                Thread.ofPlatform().daemon().name(threadName).start(this::work);
            } else {
                monitor.notify();
            }
        }
        return true;
    }

    @Override
    public String name() {
        return "threads";
    }

    @Override
    public void close() {
        synchronized (monitor) {
            closed = true;
            monitor.notifyAll();
        }
    }

    private void work() {
        IoRequest request = take();
        while (request != null) {
            request.stepResult = perform(request);
            if (!handBack(request)) {
                return;
            }
            request = take();
        }
    }

    private @Nullable IoRequest take() {
        synchronized (monitor) {
            IoRequest request = queue.poll();
            if (request == null && !closed) {
                idle++;
                try {
                    monitor.wait(IDLE_MILLISECONDS_MAX);
                } catch (final InterruptedException e) {
                    // Nobody interrupts these threads; if somebody does, the thread goes and
                    // another one comes.
                    Thread.currentThread().interrupt();
                }
                idle--;
                request = queue.poll();
            }
            if (request == null) {
                threads--;
            }
            return request;
        }
    }

    private int perform(final IoRequest request) {
        return switch (request.step) {
            case READ ->
                    (int)
                            FileCalls.pread(
                                    descriptor,
                                    request.stepAddress,
                                    request.stepLength,
                                    request.stepOffset);
            case WRITE ->
                    (int)
                            FileCalls.pwrite(
                                    descriptor,
                                    request.stepAddress,
                                    request.stepLength,
                                    request.stepOffset);
            case ALLOCATE ->
                    FileCalls.fallocate(
                            descriptor, request.stepMode, request.stepOffset, request.stepLength);
            case SYNC -> FileCalls.fdatasync(descriptor);
        };
    }

    private boolean handBack(final IoRequest request) {
        IoRequest head;
        do {
            head = completed;
            request.next = head;
        } while (!COMPLETED.compareAndSet(this, head, request));
        if (head == null) {
            try {
                loop.execute(drain);
            } catch (final RejectedExecutionException e) {
                // The loop has ended, and with it everybody who could be told.
                return false;
            }
        }
        return true;
    }

    private void drain() {
        IoRequest newestFirst = (IoRequest) COMPLETED.getAndSet(this, null);
        IoRequest oldestFirst = null;
        while (newestFirst != null) {
            final IoRequest next = newestFirst.next;
            newestFirst.next = oldestFirst;
            oldestFirst = newestFirst;
            newestFirst = next;
        }
        while (oldestFirst != null) {
            final IoRequest request = oldestFirst;
            oldestFirst = request.next;
            request.next = null;
            sink.stepped(request, request.stepResult);
        }
    }
}
