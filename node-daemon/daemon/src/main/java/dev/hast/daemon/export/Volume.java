package dev.hast.daemon.export;

import dev.hast.daemon.storage.IoCompletion;
import io.netty.buffer.ByteBuf;

/// What an export serves: a block volume of bytes `0 <= offset < size()`.
///
/// Thread: the event loop of the resource, for calls and for completions. A completion may come
/// from inside the call.
///
/// Each of [#read], [#write], [#zero] and [#flush] is answered by exactly one
/// `completion.completed(request, result)`, where the result is 0 or a negative errno. There is no
/// limit of time: a volume whose I/O is suspended answers when it goes on. The export bounds how
/// many requests and bytes are outstanding.
///
/// A call does not throw: what cannot be done is a result. The export checks offsets and lengths
/// against [#size()] and [#minimumBlockSize()] before it calls; lengths are never 0.
public interface Volume {

    /// Size in bytes, a multiple of [#minimumBlockSize()]. It may grow.
    long size();

    /// The size in bytes, a power of two, below which a request is inefficient.
    int preferredBlockSize();

    /// The unit in bytes, a power of two and at most 64 KiB, of which each offset and length is a
    /// multiple.
    default int minimumBlockSize() {
        return preferredBlockSize();
    }

    /// Fills `target` from index 0 with `length` bytes; the indices of the buffer are not touched.
    ///
    /// @param request handle that the completion brings back
    /// @param target memory address is a multiple of 4096; it stays valid until completed
    void read(long request, long offset, ByteBuf target, int length, IoCompletion completion);

    /// Writes `length` bytes of `source` from index 0. The volume may read the buffer until it has
    /// completed; to keep it longer it retains it.
    ///
    /// @param fua true if the completion must mean stable storage on every in-sync replica
    void write(
            long request,
            long offset,
            ByteBuf source,
            int length,
            boolean fua,
            IoCompletion completion);

    /// Makes the range read as zero.
    ///
    /// @param length up to 4 GiB
    /// @param mayUnmap true if the space may be given back (trim), false if it must stay allocated
    void zero(
            long request,
            long offset,
            long length,
            boolean mayUnmap,
            boolean fua,
            IoCompletion completion);

    /// Completes when every write that was completed before the call is on stable storage.
    void flush(long request, IoCompletion completion);

    /// Tells what is known of a range: consecutive extents from `offset` on, to each sink, until
    /// the range is covered or the sink has enough.
    ///
    /// `allocation` takes [ExtentSink#HOLE] and [ExtentSink#ZERO]. A client that is told `ZERO`
    /// will not read, so telling it is like serving a read: a volume that may not serve at this
    /// moment answers 0 (nothing known) for the whole range, which is always safe. `dirty` takes
    /// [ExtentSink#DIRTY]. Synchronous, from memory.
    void blockStatus(long offset, long length, ExtentSink allocation, ExtentSink dirty);
}
