package dev.hast.daemon.resource;

import dev.hast.core.replication.Replica;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.concurrent.Executor;

/// Hashes a range in chunks, off the loop: the first 128 bits of SHA-256, and 0 for a chunk of
/// zeroes, which is found at memory speed, so that an empty volume compares as fast as it reads.
final class ChunkHasher {

    /// Receives the hashes, on the loop.
    @FunctionalInterface
    interface Receiver {
        void hashed(long token, int result, long[] hashes);
    }

    private static final ThreadLocal<MessageDigest> SHA256 =
            ThreadLocal.withInitial(() -> {
                try {
                    return MessageDigest.getInstance("SHA-256");
                } catch (NoSuchAlgorithmException e) {
                    throw new IllegalStateException("every JDK has SHA-256", e);
                }
            });

    private final LocalStore store;
    private final ReplicaShell shell;
    private final EventLoop loop;
    private final Executor workers;

    ChunkHasher(LocalStore store, ReplicaShell shell, EventLoop loop, Executor workers) {
        this.store = store;
        this.shell = shell;
        this.loop = loop;
        this.workers = workers;
    }

    void hash(long token, long offset, int length, Receiver receiver) {
        final ByteBuf buffer = shell.blocks().allocate(length);
        store.read(
                token,
                buffer,
                offset,
                length,
                (same, result) -> {
                    if (result < 0) {
                        buffer.release();
                        receiver.hashed(same, result, new long[0]);
                        return;
                    }
                    workers.execute(() -> {
                        final long[] hashes = hashes(buffer, length);
                        loop.execute(() -> {
                            buffer.release();
                            receiver.hashed(same, 0, hashes);
                        });
                    });
                });
    }

    private static long[] hashes(ByteBuf buffer, int length) {
        final ByteBuffer bytes = buffer.nioBuffer(0, length);
        final int chunks = Math.ceilDiv(length, Replica.CHUNK_BYTES);
        final long[] hashes = new long[2 * chunks];
        final MessageDigest digest = SHA256.get();
        for (int chunk = 0; chunk < chunks; chunk++) {
            final int from = chunk * Replica.CHUNK_BYTES;
            final ByteBuffer part = bytes.slice(from, Math.min(Replica.CHUNK_BYTES, length - from));
            if (isZero(part)) {
                continue;
            }
            digest.reset();
            digest.update(part);
            final ByteBuffer hash = ByteBuffer.wrap(digest.digest());
            hashes[2 * chunk] = hash.getLong();
            // Never the mark of a chunk of zeroes.
            hashes[2 * chunk + 1] = hash.getLong() | 1;
        }
        return hashes;
    }

    private static boolean isZero(ByteBuffer part) {
        int at = 0;
        for (; at + Long.BYTES <= part.limit(); at += Long.BYTES) {
            if (part.getLong(at) != 0) {
                return false;
            }
        }
        for (; at < part.limit(); at++) {
            if (part.get(at) != 0) {
                return false;
            }
        }
        return true;
    }
}
