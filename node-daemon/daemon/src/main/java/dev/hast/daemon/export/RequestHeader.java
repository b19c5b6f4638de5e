package dev.hast.daemon.export;

import io.netty.buffer.ByteBuf;

/// The header of the request being received: it is read from the socket's bytes, in however many
/// pieces they come.
final class RequestHeader {
    private final byte[] carry = new byte[Nbd.REQUEST_BYTES];
    private int carried;
    private boolean complete;

    int magic;
    int flags;
    int type;
    long cookie;
    long offset;

    /// Unsigned 32 bits.
    long length;

    boolean complete() {
        return complete;
    }

    void clear() {
        complete = false;
    }

    /// Takes what is there, at most one header.
    ///
    /// @return true if the header is complete now
    boolean read(ByteBuf in) {
        if (carried == 0 && in.readableBytes() >= Nbd.REQUEST_BYTES) {
            magic = in.readInt();
            flags = in.readUnsignedShort();
            type = in.readUnsignedShort();
            cookie = in.readLong();
            offset = in.readLong();
            length = in.readUnsignedInt();
            complete = true;
            return true;
        }
        int part = Math.min(in.readableBytes(), carry.length - carried);
        in.readBytes(carry, carried, part);
        carried += part;
        if (carried < carry.length) {
            return false;
        }
        carried = 0;
        magic = (int) bigEndian(0, 4);
        flags = (int) bigEndian(4, 2);
        type = (int) bigEndian(6, 2);
        cookie = bigEndian(8, 8);
        offset = bigEndian(16, 8);
        length = bigEndian(24, 4);
        complete = true;
        return true;
    }

    private long bigEndian(int index, int bytes) {
        long value = 0;
        for (int i = index; i < index + bytes; i++) {
            value = value << 8 | carry[i] & 0xff;
        }
        return value;
    }
}
