package dev.hast.daemon.resource;

import dev.hast.core.metadata.MetadataLayout;
import dev.hast.daemon.storage.BlockBuffers;
import dev.hast.daemon.storage.IoCompletion;
import dev.hast.daemon.storage.Provider;
import io.netty.buffer.ByteBuf;
import java.util.concurrent.CompletableFuture;

/// The provider as a replica uses it: volume offsets, metadata pages, writes that are durable when
/// they complete.
///
/// `done` hears of every token once, on the loop.
final class LocalStore {

    private final Provider provider;
    private final BlockBuffers blocks;
    private final long dataOffset;
    private final IoCompletion done;
    private final IoCompletion thenFlush;
    private final Statistics statistics;

    LocalStore(
            Provider provider,
            BlockBuffers blocks,
            long dataOffset,
            IoCompletion done,
            Statistics statistics) {
        this.provider = provider;
        this.blocks = blocks;
        this.dataOffset = dataOffset;
        this.statistics = statistics;
        this.done = done;
        this.thenFlush =
                (token, result) -> {
                    if (result < 0) {
                        writeDone(token, result);
                    } else {
                        provider.flush(this::writeDone, token);
                    }
                };
    }

    private void writeDone(long token, int result) {
        if (result < 0) {
            statistics.localWriteErrors++;
        }
        done.completed(token, result);
    }

    private void readDone(long token, int result) {
        if (result < 0) {
            statistics.localReadErrors++;
        }
        done.completed(token, result);
    }

    private void flushDone(long token, int result) {
        if (result < 0) {
            statistics.localFlushErrors++;
        }
        done.completed(token, result);
    }

    private final IoCompletion onRead = this::readDone;
    private final IoCompletion onWrite = this::writeDone;
    private final IoCompletion onFlush = this::flushDone;

    void read(long token, ByteBuf buffer, long offset, int length) {
        provider.read(dataOffset + offset, buffer, length, onRead, token);
    }

    void read(long token, ByteBuf buffer, long offset, int length, IoCompletion completion) {
        provider.read(dataOffset + offset, buffer, length, completion, token);
    }

    void write(long token, ByteBuf buffer, long offset, int length, boolean fua) {
        provider.write(dataOffset + offset, buffer, 0, length, fua ? thenFlush : onWrite, token);
    }

    void zero(long token, long offset, int length, boolean mayUnmap, boolean fua) {
        provider.zero(dataOffset + offset, length, mayUnmap, fua ? thenFlush : onWrite, token);
    }

    void flush(long token) {
        provider.flush(onFlush, token);
    }

    void persist(long token, int page, byte[] bytes) {
        final ByteBuf buffer = blocks.allocate(bytes.length);
        buffer.setBytes(0, bytes);
        provider.write(
                MetadataLayout.offset(page),
                buffer,
                0,
                bytes.length,
                (same, result) -> {
                    buffer.release();
                    thenFlush.completed(same, result);
                },
                token);
    }

    /// The first `bytes` of a provider. On the loop.
    static CompletableFuture<byte[]> readArea(Provider provider, BlockBuffers blocks, int bytes) {
        final CompletableFuture<byte[]> area = new CompletableFuture<>();
        final ByteBuf buffer = blocks.allocate(bytes);
        provider.read(
                0,
                buffer,
                bytes,
                (token, result) -> {
                    final byte[] copy = new byte[bytes];
                    buffer.getBytes(0, copy);
                    buffer.release();
                    if (result < 0) {
                        area.completeExceptionally(
                                new ResourceException(
                                        "the metadata of the provider cannot be read, errno %d"
                                                .formatted(-result)));
                    } else {
                        area.complete(copy);
                    }
                },
                0);
        return area;
    }

    /// Writes `area` to the beginning of a provider, durably. On the loop.
    static CompletableFuture<Void> writeArea(Provider provider, BlockBuffers blocks, byte[] area) {
        final CompletableFuture<Void> written = new CompletableFuture<>();
        final ByteBuf buffer = blocks.allocate(area.length);
        buffer.setBytes(0, area);
        final IoCompletion flushed =
                (token, result) -> {
                    if (result < 0) {
                        written.completeExceptionally(
                                new ResourceException(
                                        "the metadata of the provider cannot be written, errno %d"
                                                .formatted(-result)));
                    } else {
                        written.complete(null);
                    }
                };
        provider.write(
                0,
                buffer,
                0,
                area.length,
                (token, result) -> {
                    buffer.release();
                    if (result < 0) {
                        flushed.completed(token, result);
                    } else {
                        provider.flush(flushed, token);
                    }
                },
                0);
        return written;
    }
}
