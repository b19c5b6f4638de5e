package dev.hast.core.metadata;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.Member;
import dev.hast.core.configuration.Reign;
import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.configuration.ResourceId;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Superblocks to pages and back; little endian.
///
/// | offset | bytes | field | guards against |
/// |---|---|---|---|
/// | 0 | 8 | magic `HASTREPL` | a provider that is not ours |
/// | 8 | 4 | CRC-32C of the page with this field zero | torn writes, rot |
/// | 12 | 2 | version, 1 | other software |
/// | 14 | 2 | copy, 0 or 1 | misdirected write |
/// | 16 | 8 | features that a reader must know | other software |
/// | 24 | 8 | features that a reader may ignore | |
/// | 32 | | the record's fields in order; strings and lists with their length in front | |
public final class SuperblockCodec {

    public static final long MAGIC = 0x4c50455254534148L; // "HASTREPL" in little endian
    public static final int VERSION = 1;

    /// Feature bits that this software knows; a provider with others is refused.
    public static final long FEATURES_KNOWN = 0;

    private static final int RECORD_OFFSET = 32;

    private SuperblockCodec() {}

    public static byte[] encode(Superblock block, int copy) {
        final byte[] bytes = new byte[MetadataLayout.PAGE_BYTES];
        final ByteBuffer out = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        out.putLong(MAGIC).putInt(0).putShort((short) VERSION).putShort((short) copy);
        out.putLong(0).putLong(0);
        out.putLong(block.sequence()).putLong(block.formatId());
        putString(out, block.name());
        putString(out, block.node());
        out.putInt(block.extentBytes()).putInt(block.mapPages());
        putId(out, block.resource());
        out.putLong(block.dataReign()).putLong(block.dataEpoch()).putLong(block.incarnation());
        out.put((byte) (block.clean() ? 1 : 0));
        final Configuration configuration = block.configuration();
        out.put((byte) (configuration == null ? 0 : 1));
        if (configuration != null) {
            putConfiguration(out, configuration);
        }
        out.putInt(8, MapPage.checksum(bytes));
        return bytes;
    }

    /// A sound superblock; empty when the page is torn, rotten or something else.
    ///
    /// @throws UnsupportedFormatException when it is sound and of a later format
    public static Optional<Superblock> decode(byte[] page, int copy)
            throws UnsupportedFormatException {
        final ByteBuffer in = ByteBuffer.wrap(page.clone()).order(ByteOrder.LITTLE_ENDIAN);
        final int checksum = in.getInt(8);
        in.putInt(8, 0);
        if (in.getLong(0) != MAGIC
                || checksum != MapPage.checksum(in.array())
                || in.getShort(14) != copy) {
            return Optional.empty();
        }
        final int version = in.getShort(12);
        final long unknown = in.getLong(16) & ~FEATURES_KNOWN;
        if (version != VERSION || unknown != 0) {
            throw new UnsupportedFormatException(
                    "the provider has on-disk format %d with features 0x%x; this daemon knows format %d with features 0x%x. Use a daemon at least as new as the one that wrote it"
                            .formatted(version, in.getLong(16), VERSION, FEATURES_KNOWN));
        }
        in.position(RECORD_OFFSET);
        return Optional.of(record(in));
    }

    private static Superblock record(ByteBuffer in) {
        final long sequence = in.getLong();
        final long formatId = in.getLong();
        final String name = getString(in);
        final String node = getString(in);
        final int extentBytes = in.getInt();
        final int mapPages = in.getInt();
        final ResourceId resource = getId(in);
        final long dataReign = in.getLong();
        final long dataEpoch = in.getLong();
        final long incarnation = in.getLong();
        final boolean clean = in.get() != 0;
        final Configuration configuration = in.get() == 0 ? null : getConfiguration(in);
        return new Superblock(
                sequence,
                formatId,
                name,
                node,
                extentBytes,
                mapPages,
                resource,
                configuration,
                dataReign,
                dataEpoch,
                incarnation,
                clean);
    }

    /// The binary form of a configuration, the same on disk and on the wire.
    public static void putConfiguration(ByteBuffer out, Configuration configuration) {
        putId(out, configuration.resource());
        out.putLong(configuration.epoch());
        out.put((byte) configuration.primary()).put((byte) configuration.inSync().mask());
        out.putLong(configuration.size());
        out.put((byte) configuration.members().size());
        for (Member member : configuration.members()) {
            out.put((byte) member.slot());
            putString(out, member.node());
        }
        out.put((byte) configuration.reigns().size());
        for (Reign reign : configuration.reigns()) {
            out.putLong(reign.tag()).putLong(reign.firstEpoch()).putLong(reign.basis());
            out.put((byte) (reign.forced() ? 1 : 0));
        }
    }

    /// Reads what [#putConfiguration] wrote; throws `IllegalArgumentException` or
    /// `BufferUnderflowException` on nonsense.
    public static Configuration getConfiguration(ByteBuffer in) {
        final ResourceId resource = getId(in);
        final long epoch = in.getLong();
        final int primary = in.get();
        final ReplicaSet inSync = new ReplicaSet(in.get() & 0xff);
        final long size = in.getLong();
        final List<Member> members = new ArrayList<>();
        for (int left = in.get() & 0xff; left > 0; left--) {
            members.add(new Member(in.get(), getString(in)));
        }
        final List<Reign> reigns = new ArrayList<>();
        for (int left = in.get() & 0xff; left > 0; left--) {
            reigns.add(new Reign(in.getLong(), in.getLong(), in.getLong(), in.get() != 0));
        }
        return new Configuration(resource, epoch, primary, inSync, members, size, reigns);
    }

    private static void putId(ByteBuffer out, ResourceId id) {
        out.putLong(id.high()).putLong(id.low());
    }

    private static ResourceId getId(ByteBuffer in) {
        return new ResourceId(in.getLong(), in.getLong());
    }

    private static void putString(ByteBuffer out, String text) {
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.put((byte) bytes.length).put(bytes);
    }

    private static String getString(ByteBuffer in) {
        final byte[] bytes = new byte[in.get() & 0xff];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
