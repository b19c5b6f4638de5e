package dev.hast.daemon.storage;

import io.netty.buffer.ByteBuf;

/// One opened, exclusively locked provider.
///
/// **Thread.** All methods are called, and all completions run, on one event loop. No completion
/// runs inside the call that asked for it.
///
/// **Alignment.** Offsets and lengths are multiples of [#sectorSize], and buffer positions start at
/// a multiple of it in memory that [BlockBuffers] gave. Nobody below does read-modify-write for a
/// client that asks for less: an export advertises its minimum block size as the largest sector
/// size among the replicas, so that such a request is the client's error. What is not aligned, or
/// reaches past [#capacity], ends with `-EINVAL`.
///
/// **Buffers.** Nothing is copied and nothing retained: the caller keeps the buffer alive, and does
/// not change it during a write, until the completion. Indices are not touched.
///
/// **Order.** None among requests in flight; two that overlap must not be in flight together.
/// [#flush] covers what had completed before it was called.
///
/// **Errors.** 0 or negative errno. A request is never half-reported: short transfers are continued
/// inside, and reading past the end of a file that somebody has cut short is `-EIO`. After an error
/// the content of the range is unknown, for a write also on disk.
///
/// **Limits.** More than the queue takes ends with `-EAGAIN`.
public interface Provider extends AutoCloseable {
    /// Size in bytes, a multiple of [#sectorSize]. Changes only by growing.
    long capacity();

    /// Smallest unit of I/O in bytes: 512 or 4096.
    int sectorSize();

    /// Fills `buffer` from index 0.
    void read(long offset, ByteBuf buffer, int length, IoCompletion completion, long token);

    /// Writes `length` bytes that start at index `bufferOffset`. Durable only after a [#flush].
    void write(
            long offset,
            ByteBuf buffer,
            int bufferOffset,
            int length,
            IoCompletion completion,
            long token);

    /// Makes a range read as zero, always. With `mayUnmap` its space may be given back, so that a
    /// later write may meet `-ENOSPC`; without, it stays allocated where the file system or device
    /// can do so. Durable only after a [#flush].
    void zero(long offset, long length, boolean mayUnmap, IoCompletion completion, long token);

    /// Makes what completed before survive a loss of power.
    void flush(IoCompletion completion, long token);

    /// Ends new requests with `-ESHUTDOWN` and queued ones with `-ECANCELED`; those in flight
    /// complete as usual, and with the last of them the descriptor and its lock go.
    @Override
    void close();
}
