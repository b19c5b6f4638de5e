package dev.hast.daemon.export;

import org.jspecify.annotations.Nullable;

/// The commands of the transmission phase that this server knows.
public enum Command {
    READ(0, Nbd.FLAG_DF),
    WRITE(1, 0),
    DISCONNECT(2, 0),
    FLUSH(3, 0),
    TRIM(4, 0),
    CACHE(5, 0),
    WRITE_ZEROES(6, Nbd.FLAG_NO_HOLE | Nbd.FLAG_FAST_ZERO),
    BLOCK_STATUS(7, Nbd.FLAG_REQ_ONE);

    private static final Command[] BY_NUMBER = values();

    private final int number;
    private final int allowedFlags;

    Command(int number, int ownFlags) {
        this.number = number;
        // A server that offers FUA has to accept it with every command, also where it means
        // nothing.
        this.allowedFlags = ownFlags | Nbd.FLAG_FUA;
    }

    int number() {
        return number;
    }

    boolean allows(int flags) {
        return (flags & ~allowedFlags) == 0;
    }

    static @Nullable Command of(int number) {
        return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
    }
}
