package dev.hast.daemon.attachment;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/// Netlink attributes: length (u16, header included, padding not), type (u16), value, padded to 4
/// bytes; all in this machine's byte order.
final class NetlinkAttributes {
    private static final int HEADER = 4;
    private static final int NESTED = 0x8000;
    private static final int TYPE_MASK = 0x3fff;
    private static final int LENGTH_MAX = 8192;

    private final ByteBuffer bytes = ByteBuffer.allocate(LENGTH_MAX).order(ByteOrder.nativeOrder());

    NetlinkAttributes u32(final int type, final int value) {
        header(type, 4);
        bytes.putInt(value);
        return this;
    }

    NetlinkAttributes u64(final int type, final long value) {
        header(type, 8);
        bytes.putLong(value);
        return this;
    }

    /// With the terminating zero that the kernel wants.
    NetlinkAttributes string(final int type, final String value) {
        final byte[] text = value.getBytes(StandardCharsets.UTF_8);
        header(type, text.length + 1);
        bytes.put(text).put((byte) 0);
        pad();
        return this;
    }

    NetlinkAttributes nested(final int type, final Consumer<NetlinkAttributes> fill) {
        final NetlinkAttributes inner = new NetlinkAttributes();
        fill.accept(inner);
        final byte[] value = inner.toBytes();
        header(type | NESTED, value.length);
        bytes.put(value);
        pad();
        return this;
    }

    private void header(final int type, final int length) {
        bytes.putShort((short) (HEADER + length)).putShort((short) type);
    }

    private void pad() {
        while (bytes.position() % 4 != 0) {
            bytes.put((byte) 0);
        }
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    /// Receives the attributes of a message in their order.
    @FunctionalInterface
    interface Visitor {
        /// `value` has this machine's byte order and just the value's bytes.
        void attribute(int type, ByteBuffer value);
    }

    /// Takes `attributes` apart, from its position to its limit; stops at the first one that is not
    /// whole.
    static void visit(final ByteBuffer attributes, final Visitor visitor) {
        final ByteBuffer rest = attributes.slice().order(ByteOrder.nativeOrder());
        while (rest.remaining() >= HEADER) {
            final int start = rest.position();
            final int length = Short.toUnsignedInt(rest.getShort(start));
            final int type = Short.toUnsignedInt(rest.getShort(start + 2)) & TYPE_MASK;
            if (length < HEADER || length > rest.remaining()) {
                return;
            }
            visitor.attribute(
                    type,
                    rest.slice(start + HEADER, length - HEADER).order(ByteOrder.nativeOrder()));
            rest.position(Math.min(rest.limit(), start + ((length + 3) & ~3)));
        }
    }

    static String text(final ByteBuffer value) {
        final String text = StandardCharsets.UTF_8.decode(value.slice()).toString();
        final int end = text.indexOf('\0');
        return end < 0 ? text : text.substring(0, end);
    }
}
