package dev.hast.daemon.export;

import dev.hast.daemon.storage.BlockBufferLimitException;
import dev.hast.daemon.storage.BlockBuffers;
import dev.hast.daemon.storage.IoCompletion;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The requests in flight of one export: bounds them, hands out their handles, and takes the
/// volume's completions.
///
/// Connections that find no room wait in a queue and are served in order; nobody overtakes the
/// first of them, so a large request is not starved by small ones.
final class RequestTable implements IoCompletion {
    private static final int MEMORY_RETRY_MILLIS = 10;
    private static final int SLOT_MASK = ExportLimits.MAX_REQUESTS - 1;

    private final EventLoop loop;
    private final BlockBuffers buffers;
    private final ExportLimits limits;
    private final ExportMetrics metrics;
    private final Runnable whenNoOrphans;
    private final List<Request> slots = new ArrayList<>();
    private final ArrayDeque<Transmission> waiting = new ArrayDeque<>();
    private final Runnable serveWaiting = this::serveWaiting;
    private @Nullable Request free;
    private @Nullable Transmission served;
    private boolean serveScheduled;
    private int active;
    private int orphans;
    private long bytes;
    private long uses;

    // Copies for other threads; written by the loop alone.
    private volatile int activeSeen;
    private volatile long bytesSeen;

    /// @param whenNoOrphans called when the last request of a connection that is gone has been
    ///   completed
    RequestTable(
            EventLoop loop,
            BlockBuffers buffers,
            ExportLimits limits,
            ExportMetrics metrics,
            Runnable whenNoOrphans) {
        this.loop = loop;
        this.buffers = buffers;
        this.limits = limits;
        this.metrics = metrics;
        this.whenNoOrphans = whenNoOrphans;
    }

    int requestsSeen() {
        return activeSeen;
    }

    long bytesSeen() {
        return bytesSeen;
    }

    /// Requests that the volume has not completed although their connection is gone.
    int orphans() {
        return orphans;
    }

    /// A request with room for its payload, or null: then the connection has been queued and its
    /// [Transmission#proceed()] is called when there may be room.
    @Nullable Request acquire(Transmission connection, int payloadBytes) {
        boolean overtakes = !waiting.isEmpty() && served != connection;
        boolean full =
                active >= limits.requestsPerExport()
                        || (bytes > 0 && bytes + payloadBytes > limits.bytesPerExport());
        if (overtakes || full) {
            enqueue(connection);
            return null;
        }
        ByteBuf payload = null;
        if (payloadBytes > 0) {
            try {
                payload = buffers.allocate(payloadBytes);
            } catch (BlockBufferLimitException e) {
                // Other resources hold the memory, and nobody tells us when it comes back.
                enqueue(connection);
                retryLater();
                return null;
            }
        }
        Request request = free;
        if (request == null) {
            request = new Request(slots.size());
            slots.add(request);
        } else {
            free = request.nextFree;
            request.nextFree = null;
        }
        request.token = (++uses << 16) | request.slot;
        request.connection = connection;
        request.payload = payload;
        request.reserved = payloadBytes;
        request.unsent = 0;
        request.withVolume = false;
        if (served == connection) {
            // One request each; for its next ones it goes to the end of the queue.
            served = null;
        }
        active++;
        bytes += payloadBytes;
        publish();
        return request;
    }

    /// The request is over: its payload is freed, its room is given back.
    void release(Request request) {
        ByteBuf payload = request.payload;
        if (payload != null) {
            request.payload = null;
            payload.release();
        }
        active--;
        bytes -= request.reserved;
        publish();
        request.token = -1;
        request.connection = null;
        request.nextFree = free;
        free = request;
        if (!waiting.isEmpty() && !serveScheduled) {
            serveScheduled = true;
            loop.execute(serveWaiting);
        }
    }

    private void retryLater() {
        if (!serveScheduled) {
            serveScheduled = true;
            loop.schedule(serveWaiting, MEMORY_RETRY_MILLIS, TimeUnit.MILLISECONDS);
        }
    }

    /// The connection is gone: what the volume still works on stays until it is completed.
    void orphan(Transmission connection) {
        waiting.remove(connection);
        for (int i = 0; i < slots.size(); i++) {
            Request request = slots.get(i);
            if (request.connection == connection) {
                request.connection = null;
                if (request.withVolume) {
                    orphans++;
                } else if (request.unsent == 0) {
                    release(request);
                }
                // Else the socket still has parts of the reply, and reports each of them when it is
                // closed.
            }
        }
    }

    void forEachOf(Transmission connection, Consumer<Request> action) {
        for (int i = 0; i < slots.size(); i++) {
            Request request = slots.get(i);
            if (request.connection == connection) {
                action.accept(request);
            }
        }
    }

    @Override
    public void completed(long token, int result) {
        int slot = (int) token & SLOT_MASK;
        Request request = slot < slots.size() ? slots.get(slot) : null;
        if (request == null || request.token != token || !request.withVolume) {
            throw new IllegalStateException(
                    "the volume completed request " + token + " twice, or it never was its");
        }
        request.withVolume = false;
        Transmission connection = request.connection;
        if (connection != null) {
            connection.completed(request, result);
            return;
        }
        metrics.requestFinished(
                request.command,
                result < 0 ? NbdError.ofErrno(result).value() : 0,
                request.length,
                System.nanoTime() - request.startedNanos);
        release(request);
        if (--orphans == 0) {
            whenNoOrphans.run();
        }
    }

    private void enqueue(Transmission connection) {
        if (served == connection) {
            waiting.addFirst(connection);
        } else if (!waiting.contains(connection)) {
            waiting.addLast(connection);
        }
    }

    private void serveWaiting() {
        serveScheduled = false;
        int queued = waiting.size();
        while (queued-- > 0) {
            Transmission first = waiting.poll();
            if (first == null) {
                return;
            }
            served = first;
            try {
                first.proceed();
            } finally {
                served = null;
            }
            if (waiting.peek() == first) {
                return;
            }
        }
    }

    private void publish() {
        activeSeen = active;
        bytesSeen = bytes;
    }
}
