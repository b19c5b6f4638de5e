package dev.hast.daemon.export;

import org.jspecify.annotations.Nullable;

/// What the protocol demands of a request, apart from the things that end the connection.
final class Validation {

    private Validation() {}

    /// The error to answer with, or null.
    static @Nullable NbdError check(
            RequestHeader header,
            @Nullable Command command,
            Transmission.Negotiated negotiated,
            Volume volume) {
        if (command == null) {
            return NbdError.UNKNOWN_COMMAND;
        }
        if (!command.allows(header.flags)
                || (command == Command.READ
                        && (header.flags & Nbd.FLAG_DF) != 0
                        && !negotiated.structured())) {
            return NbdError.UNKNOWN_FLAG;
        }
        return switch (command) {
            case FLUSH -> header.offset == 0 && header.length == 0 ? null : NbdError.INVALID;
            case READ -> {
                if (header.length > Nbd.MAX_PAYLOAD) {
                    yield negotiated.structured() ? NbdError.OVERFLOW : NbdError.TOO_LONG;
                }
                yield range(header, volume, NbdError.BEYOND_END);
            }
            case WRITE -> range(header, volume, NbdError.WRITE_BEYOND_END);
            case WRITE_ZEROES -> {
                NbdError error = range(header, volume, NbdError.WRITE_BEYOND_END);
                boolean fast = (header.flags & Nbd.FLAG_FAST_ZERO) != 0;
                yield error == null && fast ? NbdError.NOT_FAST : error;
            }
            case TRIM, CACHE -> range(header, volume, NbdError.BEYOND_END);
            case BLOCK_STATUS ->
                    negotiated.allocation() || negotiated.dirty()
                            ? range(header, volume, NbdError.BEYOND_END)
                            : NbdError.NO_CONTEXT;
            case DISCONNECT -> null;
        };
    }

    private static @Nullable NbdError range(
            RequestHeader header, Volume volume, NbdError beyondEnd) {
        long size = volume.size();
        if (header.length == 0) {
            return NbdError.EMPTY;
        }
        if (header.offset < 0 || header.offset > size || header.length > size - header.offset) {
            return beyondEnd;
        }
        long unit = volume.minimumBlockSize() - 1L;
        return ((header.offset | header.length) & unit) == 0 ? null : NbdError.UNALIGNED;
    }
}
