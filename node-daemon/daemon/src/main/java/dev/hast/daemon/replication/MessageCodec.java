package dev.hast.daemon.replication;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.configuration.ResourceId;
import dev.hast.core.metadata.SuperblockCodec;
import dev.hast.core.replication.Message;
import io.netty.buffer.ByteBuf;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The core's control messages as bodies of frames, and back. `ReadReply` has a payload and is not
/// among them.
final class MessageCodec {

    private static final int CONFIGURATION_BYTES_MAX = 4096;

    private MessageCodec() {}

    static FrameType typeOf(Message message) {
        return switch (message) {
            case Message.Hello ignored -> FrameType.HELLO;
            case Message.Reject ignored -> FrameType.REJECT;
            case Message.Announce ignored -> FrameType.ANNOUNCE;
            case Message.Ping ignored -> FrameType.PING;
            case Message.Grant ignored -> FrameType.GRANT;
            case Message.Flush ignored -> FrameType.FLUSH;
            case Message.Flushed ignored -> FrameType.FLUSHED;
            case Message.RecentRequest ignored -> FrameType.RECENT_REQUEST;
            case Message.Recent ignored -> FrameType.RECENT;
            case Message.Settled ignored -> FrameType.SETTLED;
            case Message.SyncBegin ignored -> FrameType.SYNC_BEGIN;
            case Message.SyncAccept ignored -> FrameType.SYNC_ACCEPT;
            case Message.HashRequest ignored -> FrameType.HASH_REQUEST;
            case Message.Hashes ignored -> FrameType.HASHES;
            case Message.JoinPrepare ignored -> FrameType.JOIN_PREPARE;
            case Message.JoinReady ignored -> FrameType.JOIN_READY;
            case Message.ReadRequest ignored -> FrameType.READ_REQUEST;
            case Message.ReadReply ignored -> FrameType.READ_REPLY;
            case Message.Failed ignored -> FrameType.FAILED;
            case Message.Goodbye ignored -> FrameType.GOODBYE;
            case Message.Capacity ignored -> FrameType.CAPACITY;
        };
    }

    static void encode(Message message, ByteBuf out) {
        switch (message) {
            case Message.Hello m -> {
                out.writeLongLE(m.resource().high()).writeLongLE(m.resource().low());
                putString(out, m.node());
                putConfiguration(out, m.configuration());
                out.writeLongLE(m.dataReign())
                        .writeLongLE(m.dataEpoch())
                        .writeLongLE(m.incarnation());
                out.writeBoolean(m.lost()).writeBoolean(m.recentsKnown());
                out.writeLongLE(m.capacity()).writeIntLE(m.extentBytes());
            }
            case Message.Reject m -> putString(out, m.cause());
            case Message.Announce m -> {
                putConfiguration(out, m.configuration());
                out.writeLongLE(m.ask()).writeLongLE(m.watermark());
            }
            case Message.Ping m ->
                    out.writeLongLE(m.epoch()).writeLongLE(m.ask()).writeLongLE(m.watermark());
            case Message.Grant m ->
                    out.writeLongLE(m.epoch()).writeLongLE(m.ask()).writeLongLE(m.length());
            case Message.Flush m -> out.writeLongLE(m.epoch()).writeLongLE(m.id());
            case Message.Flushed m ->
                    out.writeLongLE(m.epoch()).writeLongLE(m.id()).writeIntLE(m.result());
            case Message.RecentRequest m -> out.writeLongLE(m.epoch());
            case Message.Recent m -> {
                out.writeLongLE(m.epoch());
                putLongs(out, m.ranges());
                putLongs(out, m.extents());
            }
            case Message.Settled m -> out.writeLongLE(m.epoch());
            case Message.SyncBegin m -> out.writeLongLE(m.epoch());
            case Message.SyncAccept m -> {
                out.writeLongLE(m.epoch()).writeBoolean(m.all());
                putLongs(out, m.activity());
            }
            case Message.HashRequest m ->
                    out.writeLongLE(m.id()).writeLongLE(m.offset()).writeIntLE(m.length());
            case Message.Hashes m -> {
                out.writeLongLE(m.id()).writeIntLE(m.result());
                putLongs(out, m.hashes());
            }
            case Message.JoinPrepare m -> {
                out.writeLongLE(m.epoch()).writeLongLE(m.id()).writeByte(m.maps().size());
                for (Message.DirtyMapOf map : m.maps()) {
                    out.writeByte(map.slot());
                    putLongs(out, map.words());
                }
            }
            case Message.JoinReady m -> out.writeLongLE(m.epoch()).writeLongLE(m.id());
            case Message.ReadRequest m ->
                    out.writeLongLE(m.id()).writeLongLE(m.offset()).writeIntLE(m.length());
            case Message.ReadReply m -> throw new IllegalArgumentException(m + " has a payload");
            case Message.Failed m -> putString(out, m.cause());
            case Message.Goodbye m -> out.writeBoolean(m.returning()).writeLongLE(m.holdNanos());
            case Message.Capacity m -> out.writeLongLE(m.bytes());
        }
    }

    /// @throws FrameException when the body is not what its type says
    static Message decode(FrameType type, ByteBuf in) throws FrameException {
        try {
            final Message message = decodeBody(type, in);
            if (in.isReadable()) {
                throw new FrameException(
                        in.readableBytes() + " bytes too many in a frame of type " + type);
            }
            return message;
        } catch (IndexOutOfBoundsException
                | IllegalArgumentException
                | BufferUnderflowException e) {
            throw new FrameException(
                    "a frame of type " + type + " is not well formed: " + e.getMessage());
        }
    }

    private static Message decodeBody(FrameType type, ByteBuf in) throws FrameException {
        return switch (type) {
            case HELLO ->
                    new Message.Hello(
                            new ResourceId(in.readLongLE(), in.readLongLE()),
                            getString(in),
                            getConfiguration(in),
                            in.readLongLE(),
                            in.readLongLE(),
                            in.readLongLE(),
                            in.readBoolean(),
                            in.readBoolean(),
                            in.readLongLE(),
                            in.readIntLE());
            case REJECT -> new Message.Reject(getString(in));
            case ANNOUNCE -> {
                final Configuration configuration = getConfiguration(in);
                if (configuration == null) {
                    throw new FrameException("an announcement without a configuration");
                }
                yield new Message.Announce(configuration, in.readLongLE(), in.readLongLE());
            }
            case PING -> new Message.Ping(in.readLongLE(), in.readLongLE(), in.readLongLE());
            case GRANT -> new Message.Grant(in.readLongLE(), in.readLongLE(), in.readLongLE());
            case FLUSH -> new Message.Flush(in.readLongLE(), in.readLongLE());
            case FLUSHED -> new Message.Flushed(in.readLongLE(), in.readLongLE(), in.readIntLE());
            case RECENT_REQUEST -> new Message.RecentRequest(in.readLongLE());
            case RECENT -> new Message.Recent(in.readLongLE(), getLongs(in), getLongs(in));
            case SETTLED -> new Message.Settled(in.readLongLE());
            case SYNC_BEGIN -> new Message.SyncBegin(in.readLongLE());
            case SYNC_ACCEPT ->
                    new Message.SyncAccept(in.readLongLE(), in.readBoolean(), getLongs(in));
            case HASH_REQUEST ->
                    new Message.HashRequest(in.readLongLE(), getOffset(in), getLength(in));
            case HASHES -> new Message.Hashes(in.readLongLE(), in.readIntLE(), getLongs(in));
            case JOIN_PREPARE -> joinPrepare(in);
            case JOIN_READY -> new Message.JoinReady(in.readLongLE(), in.readLongLE());
            case READ_REQUEST ->
                    new Message.ReadRequest(in.readLongLE(), getOffset(in), getLength(in));
            case FAILED -> new Message.Failed(getString(in));
            case GOODBYE -> new Message.Goodbye(in.readBoolean(), in.readLongLE());
            case CAPACITY -> new Message.Capacity(in.readLongLE());
            case LINK, KEEPALIVE, REFUSED, NOTE, WRITE, CONFIRM, READ_REPLY ->
                    throw new FrameException(type + " is no control message");
        };
    }

    private static Message joinPrepare(ByteBuf in) throws FrameException {
        final long epoch = in.readLongLE();
        final long id = in.readLongLE();
        final List<Message.DirtyMapOf> maps = new ArrayList<>();
        for (int left = in.readUnsignedByte(); left > 0; left--) {
            final int slot = in.readUnsignedByte();
            if (slot >= ReplicaSet.SLOTS) {
                throw new FrameException("the dirty map of slot " + slot);
            }
            maps.add(new Message.DirtyMapOf(slot, getLongs(in)));
        }
        return new Message.JoinPrepare(epoch, id, maps);
    }

    private static long getOffset(ByteBuf in) throws FrameException {
        final long offset = in.readLongLE();
        if (offset < 0) {
            throw new FrameException("a range at " + offset);
        }
        return offset;
    }

    private static int getLength(ByteBuf in) throws FrameException {
        final int length = in.readIntLE();
        if (length <= 0 || length > Payload.BYTES_MAX) {
            throw new FrameException("a range of " + length + " bytes");
        }
        return length;
    }

    static void putString(ByteBuf out, String text) {
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        final int length = Math.min(bytes.length, 0xffff);
        out.writeShortLE(length).writeBytes(bytes, 0, length);
    }

    static String getString(ByteBuf in) {
        return in.readCharSequence(in.readUnsignedShortLE(), StandardCharsets.UTF_8).toString();
    }

    private static void putLongs(ByteBuf out, long[] values) {
        out.writeIntLE(values.length);
        for (long value : values) {
            out.writeLongLE(value);
        }
    }

    private static long[] getLongs(ByteBuf in) throws FrameException {
        final int length = in.readIntLE();
        if (length < 0 || (long) length * Long.BYTES > in.readableBytes()) {
            throw new FrameException("a list of " + length + " numbers does not fit its frame");
        }
        final long[] values = new long[length];
        for (int i = 0; i < length; i++) {
            values[i] = in.readLongLE();
        }
        return values;
    }

    private static void putConfiguration(ByteBuf out, @Nullable Configuration configuration) {
        if (configuration == null) {
            out.writeShortLE(0);
            return;
        }
        final ByteBuffer bytes =
                ByteBuffer.allocate(CONFIGURATION_BYTES_MAX).order(ByteOrder.LITTLE_ENDIAN);
        SuperblockCodec.putConfiguration(bytes, configuration);
        bytes.flip();
        out.writeShortLE(bytes.remaining()).writeBytes(bytes);
    }

    private static @Nullable Configuration getConfiguration(ByteBuf in) {
        final byte[] bytes = new byte[in.readUnsignedShortLE()];
        in.readBytes(bytes);
        return bytes.length == 0
                ? null
                : SuperblockCodec.getConfiguration(
                        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    }
}
