package dev.hast.core.replication;

import org.jspecify.annotations.Nullable;

/// One read, write, zeroing or copy in flight at this replica. Pooled by [OperationTable]: valid
/// from its start to its end, on the replica's thread.
///
/// Mutable, because it is made for every request: the steady state allocates nothing. Owner:
/// [Replica].
public final class Operation {

    /// What is done to the range.
    public enum Kind {
        READ,
        WRITE,
        ZERO,
        /// Bytes that the primary brings to one or more peers in resync, settling or repair; never
        /// acknowledged to a client.
        COPY,
        /// A flush of the local provider; it has no range.
        FLUSH
    }

    /// Who asked.
    enum Origin {
        CLIENT,
        PEER,
        INTERNAL
    }

    /// The part of the replica that an internal operation belongs to.
    interface Owner {
        /// It has its range to itself.
        void granted(Operation operation);

        /// The provider has answered.
        void stored(Operation operation);

        /// A peer has it on its provider.
        void confirmed(Operation operation);
    }

    /// No payload: zeroes, or nothing yet.
    public static final long NO_BUFFER = 0;

    final int index;
    int generation;
    boolean active;

    Kind kind = Kind.READ;
    Origin origin = Origin.CLIENT;
    long request;
    long buffer;
    long offset;
    int length;
    boolean fua;
    boolean mayUnmap;

    /// Position in the reign's order of writes; from 1; 0 for reads.
    long sequence;

    /// For [Origin#PEER]: link and epoch to confirm to.
    int peer;

    long epoch;

    /// The tag of the reign it was received in.
    long reign;

    long startedAt;

    /// Masks of slots: to whom it was sent, who has it in memory, who has it on the provider.
    int sent;

    int received;
    int written;

    /// Slots that a COPY is for.
    int targets;

    /// Slots whose dirty maps must name its extents before it is applied.
    int absent;

    boolean locked;

    /// The provider has been asked.
    boolean submitted;

    /// It holds its extents in the activity log.
    boolean logged;

    /// The provider has answered.
    boolean local;

    boolean answered;
    int result;

    /// At a secondary: its place in the order of arrival, for flushes.
    long arrival;

    /// Who hears of an operation that no client and no peer asked for.
    @Nullable Owner owner;

    Operation(int index) {
        this.index = index;
    }

    long token() {
        return OperationTable.token(index, generation);
    }

    long end() {
        return offset + length;
    }

    boolean overlaps(Operation other) {
        return offset < other.end() && other.offset < end();
    }

    public Kind kind() {
        return kind;
    }

    public long sequence() {
        return sequence;
    }

    public long offset() {
        return offset;
    }

    public int length() {
        return length;
    }

    public long buffer() {
        return buffer;
    }

    public boolean fua() {
        return fua;
    }

    public boolean mayUnmap() {
        return mayUnmap;
    }

    @Override
    public String toString() {
        return "%s#%d[%d+%d]".formatted(kind, sequence, offset, length);
    }
}
