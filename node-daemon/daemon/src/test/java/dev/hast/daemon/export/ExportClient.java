package dev.hast.daemon.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.file.Path;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// An NBD client for tests of whole nodes: one request at a time, on a blocking socket. A request
/// that is not answered within 30 s is an [IOException].
public final class ExportClient implements AutoCloseable {

    private static final long ANSWER_SECONDS = 30;
    private static final ScheduledExecutorService WATCH =
            Executors.newSingleThreadScheduledExecutor(
                    Thread.ofPlatform().daemon().name("export-client").factory());
    private static final int READ = 0;
    private static final int FLUSH = 3;

    private final SocketClient client;
    private long cookie;

    private ExportClient(SocketClient client) {
        this.client = client;
    }

    public static ExportClient connect(Path socket, String name) throws IOException {
        final ExportClient client = new ExportClient(SocketClient.connect(socket));
        client.bounded(() -> {
            client.client.go(name);
            return 0;
        });
        return client;
    }

    private interface Exchange<T> {
        T run() throws IOException;
    }

    /// A blocking channel has no time-out: closing it ends the wait.
    private <T> T bounded(Exchange<T> exchange) throws IOException {
        final Future<?> end =
                WATCH.schedule(
                        () -> {
                            client.close();
                            return null;
                        },
                        ANSWER_SECONDS,
                        TimeUnit.SECONDS);
        try {
            return exchange.run();
        } catch (AsynchronousCloseException e) {
            throw new IOException("no answer within " + ANSWER_SECONDS + " s", e);
        } finally {
            end.cancel(false);
        }
    }

    /// @return 0 or the error value of the protocol
    public int write(long offset, byte[] data) throws IOException {
        return bounded(() -> {
            client.write(0, ++cookie, offset, data);
            return client.status(cookie);
        });
    }

    public int flush() throws IOException {
        return bounded(() -> {
            client.request(FLUSH, 0, ++cookie, 0, 0);
            return client.status(cookie);
        });
    }

    public byte[] read(long offset, int length) throws IOException {
        return bounded(() -> {
            client.request(READ, 0, ++cookie, offset, length);
            final NbdClient.Reply reply = client.reply(length);
            assertThat(reply.error()).as("error of a read at %d", offset).isZero();
            final byte[] data = new byte[length];
            reply.data().readBytes(data);
            return data;
        });
    }

    @Override
    public void close() throws IOException {
        client.close();
    }
}
