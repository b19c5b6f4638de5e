package dev.hast.core.replication;

import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.volume.ExtentMap;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Makes the extents of one peer equal to ours, or ours to the peer's: hashes first, then copies of
/// the chunks that differ.
///
/// Hashes are compared without holding the range. That is safe when the peer gets every write since
/// before the comparison began: bytes that nobody has written since are equal if the hashes are,
/// whenever each side was read; bytes that somebody wrote are written on both sides, in one order.
/// A difference may be a write on its way; then a chunk is copied in vain. Copying holds the
/// chunk's range, so it cannot bring back what a client has just overwritten.
final class Comparison implements Operation.Owner {

    /// What is done with a chunk that differs.
    enum Direction {
        /// Our bytes go to the peer.
        PUSH,
        /// The peer's bytes come to us.
        PULL,
        /// It is looked at again with the range held, and reported.
        REPORT,
        /// The same, and then our bytes go to the peer.
        REPAIR
    }

    /// What the owner hears.
    interface Listener {
        /// All extents are done.
        void compared();

        /// The peer could not do its part.
        void failed(String cause);

        /// This replica's provider could not do its part.
        void failedHere(String cause);

        void mismatch(long offset, int length);
    }

    private static final class Extent {
        final int index;
        final long end;

        /// Up to here its pieces are begun.
        long asked;

        int pieces;

        Extent(int index, long offset, long end) {
            this.index = index;
            this.end = end;
            this.asked = offset;
        }
    }

    /// A part of an extent that is asked for and hashed in one go.
    private static final class Piece {
        final Extent extent;
        final long offset;
        final int length;
        long @Nullable [] ours;
        long @Nullable [] theirs;
        boolean theirsFailed;
        int copies;

        Piece(Extent extent, int length) {
            this.extent = extent;
            this.offset = extent.asked;
            this.length = length;
        }
    }

    /// A chunk being copied, or looked at again.
    private static final class Chunk {
        final Piece piece;
        final Operation operation;
        long id;
        long @Nullable [] ours;
        long @Nullable [] theirs;

        Chunk(Piece piece, Operation operation) {
            this.piece = piece;
            this.operation = operation;
        }
    }

    private static final int CHUNKS_AT_ONCE = 32;

    private final ReplicaState state;
    private final PrimaryRole primary;
    private final RangeLocks locks;
    private final Peer peer;
    private final Direction direction;
    private final ExtentMap remaining;
    private final Throttle throttle;
    private final Listener listener;

    private final TreeMap<Long, Piece> asked = new TreeMap<>();
    private final TreeMap<Long, Chunk> rechecks = new TreeMap<>();
    private final List<Extent> open = new ArrayList<>();
    private final List<Chunk> chunks = new ArrayList<>();
    private @Nullable Extent current;
    private int pieces;
    private int next;
    private long lastId;
    private boolean over;
    private boolean pumping;

    private long checkedBytes;
    private long copiedBytes;

    Comparison(
            ReplicaState state,
            PrimaryRole primary,
            RangeLocks locks,
            Peer peer,
            Direction direction,
            ExtentMap remaining,
            Throttle throttle,
            Listener listener) {
        this.state = state;
        this.primary = primary;
        this.locks = locks;
        this.peer = peer;
        this.direction = direction;
        this.remaining = remaining;
        this.throttle = throttle;
        this.listener = listener;
        lastId = peer.comparisons++ << 40;
    }

    Peer peer() {
        return peer;
    }

    long checkedBytes() {
        return checkedBytes;
    }

    long copiedBytes() {
        return copiedBytes;
    }

    /// Asks for more as far as limits allow. Called from the tick too.
    void pump() {
        if (over || pumping) {
            return;
        }
        pumping = true;
        while (!over && chunks.size() < CHUNKS_AT_ONCE) {
            final Extent extent = toAsk();
            final int most = extent == null ? 0 : throttle.piece(state.now, pieces);
            if (extent == null || most == 0) {
                break;
            }
            ask(extent, most);
        }
        pumping = false;
        if (!over && open.isEmpty() && toAsk() == null) {
            over = true;
            listener.compared();
        }
    }

    private int nextExtent() {
        int extent = remaining.next(next);
        if (extent < 0 && open.isEmpty()) {
            // What was marked again behind us.
            extent = remaining.next(0);
        }
        return extent;
    }

    /// The extent whose next piece may be asked for; null when there is none now.
    private @Nullable Extent toAsk() {
        while (current == null) {
            final int index = nextExtent();
            if (index < 0) {
                return null;
            }
            next = index + 1;
            final long offset = (long) index * state.extents.extentBytes();
            final long end = Math.min(offset + state.extents.extentBytes(), state.size());
            remaining.clear(index);
            if (offset < end) {
                current = new Extent(index, offset, end);
                open.add(current);
            }
        }
        return current;
    }

    private void ask(Extent extent, int most) {
        final Piece piece = new Piece(extent, (int) Math.min(most, extent.end - extent.asked));
        extent.asked += piece.length;
        extent.pieces++;
        if (extent.asked == extent.end) {
            current = null;
        }
        pieces++;
        throttle.taken(state.now, piece.length);
        final long id = ++lastId;
        asked.put(id, piece);
        state.send(peer, new Message.HashRequest(id, piece.offset, piece.length));
        state.effects.hash(
                state.completions.hash((result, hashes) -> {
                    if (result < 0) {
                        failHere(
                                "a block at %d cannot be read here, errno %d"
                                        .formatted(piece.offset, -result));
                    } else {
                        piece.ours = hashes;
                        compare(piece);
                    }
                }),
                piece.offset,
                piece.length);
    }

    /// Says whether the hashes were for this comparison. Each peer has its own numbers, so the
    /// sender counts too.
    boolean received(Peer from, Message.Hashes hashes) {
        if (from != peer && !state.has(Bug.HASHES_OF_ANYBODY)) {
            return false;
        }
        final Chunk chunk = rechecks.remove(hashes.id());
        if (chunk != null) {
            chunk.theirs = hashes.result() < 0 ? new long[2] : hashes.hashes();
            rechecked(chunk);
            return true;
        }
        final Piece piece = asked.remove(hashes.id());
        if (piece == null) {
            return false;
        }
        piece.theirs = hashes.hashes();
        piece.theirsFailed = hashes.result() < 0;
        compare(piece);
        return true;
    }

    private void compare(Piece piece) {
        final long[] ours = piece.ours;
        final long[] theirs = piece.theirs;
        if (over || ours == null || theirs == null) {
            return;
        }
        checkedBytes += piece.length;
        piece.copies = 1;
        for (int i = 0; i < ours.length / 2; i++) {
            final boolean equal =
                    !piece.theirsFailed
                            && theirs.length == ours.length
                            && ours[2 * i] == theirs[2 * i]
                            && ours[2 * i + 1] == theirs[2 * i + 1];
            if (!equal && !over) {
                piece.copies++;
                final long offset = piece.offset + (long) i * Replica.CHUNK_BYTES;
                final int length =
                        (int) Math.min(Replica.CHUNK_BYTES, piece.offset + piece.length - offset);
                take(piece, offset, length);
            }
        }
        copied(piece);
    }

    private void take(Piece piece, long offset, int length) {
        final Operation operation =
                state.operations.take(
                        Operation.Kind.COPY, Operation.Origin.INTERNAL, offset, length);
        operation.owner = this;
        operation.startedAt = state.now;
        operation.targets = direction == Direction.PULL ? 0 : ReplicaSet.bit(peer.slot);
        chunks.add(new Chunk(piece, operation));
        if (direction == Direction.PUSH && state.has(Bug.RESYNC_RACES_WRITES)) {
            granted(operation);
            return;
        }
        locks.acquire(operation);
    }

    // --- one chunk ---

    @Override
    public void granted(Operation operation) {
        final Chunk chunk = chunkOf(operation);
        if (chunk == null || over) {
            return;
        }
        switch (direction) {
            case PUSH -> readOurs(chunk);
            case PULL -> {
                chunk.id = ++lastId;
                state.send(
                        peer,
                        new Message.ReadRequest(chunk.id, operation.offset, operation.length));
            }
            case REPORT, REPAIR -> recheck(chunk);
        }
    }

    private void readOurs(Chunk chunk) {
        final Operation operation = chunk.operation;
        operation.buffer = state.effects.allocate(operation.length);
        operation.submitted = true;
        state.effects.read(operation.token(), operation.buffer, operation.offset, operation.length);
    }

    private void recheck(Chunk chunk) {
        final long id = ++lastId;
        rechecks.put(id, chunk);
        state.send(
                peer, new Message.HashRequest(id, chunk.operation.offset, chunk.operation.length));
        state.effects.hash(
                state.completions.hash((result, hashes) -> {
                    chunk.ours = result < 0 ? new long[2] : hashes;
                    rechecked(chunk);
                }),
                chunk.operation.offset,
                chunk.operation.length);
    }

    private void rechecked(Chunk chunk) {
        final long[] ours = chunk.ours;
        final long[] theirs = chunk.theirs;
        if (over || ours == null || theirs == null) {
            return;
        }
        if (Arrays.equals(ours, theirs)) {
            finished(chunk);
            return;
        }
        listener.mismatch(chunk.operation.offset, chunk.operation.length);
        if (direction == Direction.REPAIR) {
            readOurs(chunk);
        } else {
            finished(chunk);
        }
    }

    /// The peer's bytes, for a pull. Says whether they were asked for here.
    boolean received(Peer from, Message.ReadReply reply) {
        if (from != peer && !state.has(Bug.HASHES_OF_ANYBODY)) {
            return false;
        }
        for (Chunk chunk : chunks) {
            if (chunk.id == reply.id() && chunk.id != 0) {
                chunk.id = 0;
                chunk.operation.buffer = reply.buffer();
                if (reply.result() < 0 || reply.length() != chunk.operation.length) {
                    fail(
                            "a block at %d cannot be read at %s"
                                    .formatted(chunk.operation.offset, peer.node));
                } else {
                    state.extents.prepare(chunk.operation, state.absent());
                }
                return true;
            }
        }
        return false;
    }

    @Override
    public void stored(Operation operation) {
        final Chunk chunk = chunkOf(operation);
        if (chunk == null) {
            primary.end(operation);
        } else if (operation.result < 0) {
            operation.submitted = false;
            failHere(
                    "a block at %d failed here with errno %d"
                            .formatted(operation.offset, -operation.result));
        } else if (direction == Direction.PULL) {
            copiedBytes += operation.length;
            finished(chunk);
        } else {
            operation.submitted = false;
            primary.replicate(operation);
        }
    }

    @Override
    public void confirmed(Operation operation) {
        final Chunk chunk = chunkOf(operation);
        if (chunk != null && (operation.written & operation.targets) == operation.targets) {
            copiedBytes += operation.length;
            finished(chunk);
        }
    }

    private void finished(Chunk chunk) {
        chunks.remove(chunk);
        primary.end(chunk.operation);
        copied(chunk.piece);
    }

    private void copied(Piece piece) {
        if (--piece.copies > 0) {
            return;
        }
        pieces--;
        final Extent extent = piece.extent;
        if (--extent.pieces == 0 && extent != current) {
            open.remove(extent);
        }
        pump();
    }

    private @Nullable Chunk chunkOf(Operation operation) {
        for (Chunk chunk : chunks) {
            if (chunk.operation == operation) {
                return chunk;
            }
        }
        return null;
    }

    // --- the end ---

    private void fail(String cause) {
        if (!over) {
            cancel();
            listener.failed(cause);
        }
    }

    private void failHere(String cause) {
        if (!over) {
            cancel();
            listener.failedHere(cause);
        }
    }

    /// Stops. What was not finished is marked in the map again. What the provider still owes ends
    /// when it answers.
    void cancel() {
        over = true;
        for (Extent extent : open) {
            remaining.set(extent.index);
        }
        open.clear();
        current = null;
        asked.clear();
        rechecks.clear();
        for (Chunk chunk : List.copyOf(chunks)) {
            chunks.remove(chunk);
            if (!chunk.operation.submitted) {
                state.extents.forget(chunk.operation);
                primary.end(chunk.operation);
            }
        }
    }
}
