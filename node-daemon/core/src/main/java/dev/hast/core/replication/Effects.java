package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import org.jspecify.annotations.Nullable;

/// What a [Replica] asks of the world. The shell and the simulator implement it.
///
/// Calls are made on the thread that feeds the replica and must not call back into it before they
/// return: completions are events of their own ([Replica#completed], [Replica#hashed],
/// [Replica#arbiterAnswered]).
///
/// Offsets and lengths are bytes of the volume, lengths at most [Replica#OPERATION_BYTES_MAX]. A
/// `buffer` is a handle of the shell's. A buffer that was handed to the replica ([Replica#read],
/// [Replica#write], [Replica#receivedWrite], [Replica#receivedReadReply]) or taken with [#allocate]
/// is given back by [#release] exactly once. `token` names the completion that is owed.
public interface Effects {

    // --- the provider: completed(token, result), result 0 or a negative errno ---

    void read(long token, long buffer, long offset, int length);

    void write(long token, long buffer, long offset, int length, boolean fua);

    /// Makes a range read as zero. `mayUnmap`: its space may be given back.
    void zero(long token, long offset, int length, boolean mayUnmap, boolean fua);

    /// Everything completed before this call is on stable storage when it completes.
    void flush(long token);

    /// Hashes the range in chunks of [Replica#CHUNK_BYTES]: `hashed(token, result, hashes)`, two
    /// longs a chunk.
    void hash(long token, long offset, int length);

    /// Writes one metadata page so that it is on stable storage when it completes. `page` is the
    /// replica's own copy: never changed again.
    ///
    /// @param index the page's number in the metadata area
    ///   ([dev.hast.core.metadata.MetadataLayout])
    void persist(long token, int index, byte[] page);

    // --- peers: `peer` is the link's index; a link that is down drops what is sent ---

    /// Sends a write, in the order of the calls. The operation must be encoded before the call
    /// returns; its buffer stays valid until released.
    void sendWrite(int peer, Operation operation, long epoch, long watermark);

    void sendConfirm(int peer, long epoch, long sequence, boolean written);

    void send(int peer, Message message);

    /// Closes the link; it comes back as [Replica#linkUp].
    void disconnect(int peer, String cause);

    // --- the arbiter: arbiterAnswered(token, answer) ---

    void readArbiter(long token);

    /// @param expected what the register must hold, or null for nothing
    void compareAndSet(long token, @Nullable Configuration expected, Configuration next);

    // --- clients ---

    /// The one answer to a client's request: 0 or a negative errno.
    void complete(long request, int result);

    // --- the rest ---

    long allocate(int length);

    /// Copies the first `length` bytes of one buffer to another.
    void copy(long source, long target, int length);

    void release(long buffer);

    /// A random number, for reign tags and resource ids.
    long random();

    /// A change of state that people should hear of, with its cause.
    void report(Report report);

    /// Whether a deliberate fault is switched on. Only tests of the simulator answer with yes.
    default boolean has(Bug bug) {
        return false;
    }
}
