package dev.hast.daemon.export;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/// The data of one option, read field by field. A read beyond its end, or of a string that is too
/// long, makes it invalid instead of throwing; later reads then give zeroes and empty strings.
final class OptionData {
    private final ByteBuf data;
    private boolean valid = true;

    OptionData(ByteBuf data) {
        this.data = data;
    }

    boolean valid() {
        return valid;
    }

    boolean isEmpty() {
        return !data.isReadable();
    }

    int remaining() {
        return data.readableBytes();
    }

    int unsignedShort() {
        return has(2) ? data.readUnsignedShort() : 0;
    }

    long unsignedInt() {
        return has(4) ? data.readUnsignedInt() : 0;
    }

    String string(long length) {
        return length <= ExportSettings.MAX_STRING && has(length)
                ? data.readCharSequence((int) length, StandardCharsets.UTF_8).toString()
                : invalid();
    }

    private String invalid() {
        valid = false;
        return "";
    }

    private boolean has(long bytes) {
        valid &= data.readableBytes() >= bytes;
        return valid;
    }
}
