package dev.hast.daemon.storage;

/// The memory for I/O buffers is used up: the caller holds the request back until buffers come
/// home, or ends it with `-ENOMEM`.
public final class BlockBufferLimitException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    BlockBufferLimitException(final int length, final long used, final long limit) {
        super(
                "no room for an I/O buffer of "
                        + length
                        + " bytes: "
                        + used
                        + " of "
                        + limit
                        + " bytes are in use; raise the buffer memory or lower the queue depths");
    }
}
