package dev.hast.daemon.arbiter;

import java.io.ByteArrayOutputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A body of lines, each of which is handed on when it is complete; the last one may lack its end.
/// A line that is too long breaks the stream off. The body of an answer that is no success is left
/// aside.
///
/// Lines are handed to the executor, and no more is taken from the network before it has dealt with
/// them.
final class JsonLines implements HttpResponse.BodyHandler<Void> {

    private final int lineBytesMax;
    private final Executor executor;
    private final Consumer<byte[]> line;

    JsonLines(int lineBytesMax, Executor executor, Consumer<byte[]> line) {
        this.lineBytesMax = lineBytesMax;
        this.executor = executor;
        this.line = line;
    }

    @Override
    public HttpResponse.BodySubscriber<Void> apply(HttpResponse.ResponseInfo info) {
        return info.statusCode() == 200 ? new Reader() : HttpResponse.BodySubscribers.discarding();
    }

    private final class Reader implements HttpResponse.BodySubscriber<Void> {
        private final CompletableFuture<Void> end = new CompletableFuture<>();
        private final ByteArrayOutputStream part = new ByteArrayOutputStream();
        private Flow.@Nullable Subscription subscription;

        @Override
        public CompletionStage<Void> getBody() {
            return end;
        }

        @Override
        public void onSubscribe(Flow.Subscription given) {
            subscription = given;
            given.request(1);
        }

        @Override
        public void onNext(List<ByteBuffer> buffers) {
            final Flow.Subscription source = subscription;
            if (source == null) {
                return;
            }
            for (ByteBuffer buffer : buffers) {
                while (buffer.hasRemaining()) {
                    final byte next = buffer.get();
                    if (next == '\n') {
                        flush();
                    } else if (part.size() < lineBytesMax) {
                        part.write(next);
                    } else {
                        source.cancel();
                        end.completeExceptionally(
                                new java.io.IOException(
                                        "a line is longer than " + lineBytesMax + " bytes"));
                        return;
                    }
                }
            }
            executor.execute(() -> source.request(1));
        }

        @Override
        public void onError(Throwable failure) {
            end.completeExceptionally(failure);
        }

        @Override
        public void onComplete() {
            flush();
            end.complete(null);
        }

        private void flush() {
            if (part.size() > 0) {
                final byte[] whole = part.toByteArray();
                part.reset();
                executor.execute(() -> line.accept(whole));
            }
        }
    }
}
