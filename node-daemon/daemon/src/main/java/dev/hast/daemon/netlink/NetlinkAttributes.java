package dev.hast.daemon.netlink;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/// Netlink attributes: length (u16, header included, padding not), type (u16), value, padded to 4
/// bytes; all in this machine's byte order, except where a subsystem wants network order.
///
/// Thread: one. Limit: [#LENGTH_MAX] bytes; more is a bug of the caller and throws
/// [java.nio.BufferOverflowException].
public final class NetlinkAttributes {
    private static final int HEADER = 4;
    private static final int NESTED = 0x8000;
    private static final int TYPE_MASK = 0x3fff;

    /// What all attributes of one message may take.
    public static final int LENGTH_MAX = 64 * 1024;

    private ByteBuffer bytes = ByteBuffer.allocate(512).order(ByteOrder.nativeOrder());

    public NetlinkAttributes u8(final int type, final int value) {
        return bytes(type, new byte[] {(byte) value});
    }

    public NetlinkAttributes u32(final int type, final int value) {
        header(type, 4);
        bytes.putInt(value);
        return this;
    }

    public NetlinkAttributes u64(final int type, final long value) {
        header(type, 8);
        bytes.putLong(value);
        return this;
    }

    /// In network order, as nftables wants its numbers.
    public NetlinkAttributes u32BigEndian(final int type, final int value) {
        return u32(
                type,
                ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
                        ? value
                        : Integer.reverseBytes(value));
    }

    /// In network order, as nftables wants its numbers.
    public NetlinkAttributes u64BigEndian(final int type, final long value) {
        return u64(
                type,
                ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN ? value : Long.reverseBytes(value));
    }

    public NetlinkAttributes bytes(final int type, final byte[] value) {
        header(type, value.length);
        bytes.put(value);
        pad();
        return this;
    }

    /// With the terminating zero that the kernel wants.
    public NetlinkAttributes string(final int type, final String value) {
        final byte[] text = value.getBytes(StandardCharsets.UTF_8);
        return bytes(type, Arrays.copyOf(text, text.length + 1));
    }

    public NetlinkAttributes nested(final int type, final Consumer<NetlinkAttributes> fill) {
        final NetlinkAttributes inner = new NetlinkAttributes();
        fill.accept(inner);
        return bytes(type | NESTED, inner.toBytes());
    }

    private void header(final int type, final int length) {
        final int needed = bytes.position() + HEADER + length + 3;
        if (needed > bytes.capacity() && bytes.capacity() < LENGTH_MAX) {
            final byte[] grown =
                    Arrays.copyOf(
                            bytes.array(),
                            Math.min(LENGTH_MAX, Math.max(needed, bytes.capacity() * 2)));
            bytes =
                    ByteBuffer.wrap(grown)
                            .order(ByteOrder.nativeOrder())
                            .position(bytes.position());
        }
        bytes.putShort((short) (HEADER + length)).putShort((short) type);
    }

    private void pad() {
        while (bytes.position() % 4 != 0) {
            bytes.put((byte) 0);
        }
    }

    public byte[] toBytes() {
        return Arrays.copyOf(bytes.array(), bytes.position());
    }

    /// Receives the attributes of a message in their order.
    @FunctionalInterface
    public interface Visitor {
        /// `value` has this machine's byte order and just the value's bytes.
        void attribute(int type, ByteBuffer value);
    }

    /// Takes `attributes` apart, from its position to its limit; stops at the first one that is not
    /// whole.
    public static void visit(final ByteBuffer attributes, final Visitor visitor) {
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

    public static String text(final ByteBuffer value) {
        final String text = StandardCharsets.UTF_8.decode(value.slice()).toString();
        final int end = text.indexOf('\0');
        return end < 0 ? text : text.substring(0, end);
    }
}
