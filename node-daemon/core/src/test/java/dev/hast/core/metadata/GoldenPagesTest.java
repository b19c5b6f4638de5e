package dev.hast.core.metadata;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.configuration.Member;
import dev.hast.core.configuration.Reign;
import dev.hast.core.configuration.ReplicaSet;
import dev.hast.core.configuration.ResourceId;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Pins the bytes of on-disk format 1 (`docs/reference/on-disk-format.md`). A change of a golden
/// file needs a new version of the format.
final class GoldenPagesTest {

    private static final long FORMAT_ID = 0x1122334455667788L;

    private static final Superblock BLANK =
            Superblock.blank(FORMAT_ID, "demo", "alpha", 2 << 20, new MetadataLayout(8));

    private static final Configuration CONFIGURATION =
            new Configuration(
                    new ResourceId(0x0102030405060708L, 0x090a0b0c0d0e0f10L),
                    7,
                    1,
                    ReplicaSet.of(1, 2),
                    List.of(new Member(0, "alpha"), new Member(1, "beta"), new Member(2, "gamma")),
                    1L << 30,
                    List.of(
                            new Reign(0xaaaaL, 1, 0, false),
                            new Reign(0xbbbbL, 4, 3, false),
                            new Reign(0xccccL, 6, 4, true)));

    private static final Superblock IN_USE =
            BLANK.withConfiguration(CONFIGURATION)
                    .withData(0xbbbbL, 5)
                    .withIncarnation(0x5eedL, false)
                    .withSequence(42);

    @Test
    void blankSuperblockHasTheBytesOfTheGoldenFile() throws Exception {
        assertGolden("superblock-1-blank.hex", SuperblockCodec.encode(BLANK, 0));
        assertThat(SuperblockCodec.decode(golden("superblock-1-blank.hex"), 0)).contains(BLANK);
    }

    @Test
    void superblockInUseHasTheBytesOfTheGoldenFile() throws Exception {
        assertGolden("superblock-1-in-use.hex", SuperblockCodec.encode(IN_USE, 1));
        assertThat(SuperblockCodec.decode(golden("superblock-1-in-use.hex"), 1)).contains(IN_USE);
    }

    @Test
    void mapPageHasTheBytesOfTheGoldenFile() throws Exception {
        final long[] words = new long[MapPage.WORDS];
        words[0] = 0b101;
        words[1] = 1L << 63;
        words[MapPage.WORDS - 1] = -1;
        assertGolden("map-page-1.hex", MapPage.encode(FORMAT_ID, 3, 2, words));
        assertThat(MapPage.decode(golden("map-page-1.hex"), FORMAT_ID, 3, 2))
                .hasValueSatisfying(found -> assertThat(found).isEqualTo(words));
    }

    @Test
    void superblockOfALaterVersionIsRefused() {
        final byte[] page = changed(12, (byte) 2);
        assertThatThrownBy(() -> SuperblockCodec.decode(page, 0))
                .isInstanceOf(UnsupportedFormatException.class)
                .hasMessageContaining("on-disk format 2")
                .hasMessageContaining("at least as new");
    }

    @Test
    void superblockWithAFeatureThatAReaderMustKnowIsRefused() {
        final byte[] page = changed(16, (byte) 4);
        assertThatThrownBy(() -> SuperblockCodec.decode(page, 0))
                .isInstanceOf(UnsupportedFormatException.class)
                .hasMessageContaining("features 0x4");
    }

    @Test
    void superblockWithAFeatureThatAReaderMayIgnoreIsRead() throws Exception {
        final byte[] page = changed(24, (byte) 4);
        assertThat(SuperblockCodec.decode(page, 0)).contains(BLANK);
    }

    @Test
    void superblockWithOneRottenBitAnywhereIsNotSound() throws Exception {
        final byte[] sound = SuperblockCodec.encode(IN_USE, 0);
        for (int bit = 0; bit < sound.length * 8; bit += 61) {
            final byte[] rotten = sound.clone();
            rotten[bit / 8] ^= (byte) (1 << bit % 8);
            assertThat(SuperblockCodec.decode(rotten, 0)).as("bit %d", bit).isEmpty();
        }
    }

    @Test
    void superblockInTheOtherCopysPlaceIsNotSound() throws Exception {
        assertThat(SuperblockCodec.decode(SuperblockCodec.encode(IN_USE, 0), 1)).isEmpty();
    }

    @Test
    void newerSoundCopyOfTheSuperblockCounts() throws Exception {
        final byte[] area = StoredReplica.format(BLANK);
        put(area, 0, SuperblockCodec.encode(IN_USE, 0));
        assertThat(StoredReplica.superblock(area)).contains(IN_USE);
        area[100] ^= 1;
        assertThat(StoredReplica.superblock(area)).contains(BLANK);
    }

    @Test
    void laterVersionInOneCopyIsEnoughToRefuse() {
        final byte[] area = StoredReplica.format(BLANK);
        put(area, 0, changed(12, (byte) 2));
        assertThatThrownBy(() -> StoredReplica.superblock(area))
                .isInstanceOf(UnsupportedFormatException.class);
    }

    @Test
    void largestConfigurationFitsThePage() throws Exception {
        final List<Member> members = new ArrayList<>();
        for (int slot = 0; slot < ReplicaSet.SLOTS; slot++) {
            members.add(new Member(slot, String.valueOf((char) ('a' + slot)).repeat(253)));
        }
        final List<Reign> reigns = new ArrayList<>();
        for (int i = 1; i <= Configuration.REIGNS_MAX; i++) {
            reigns.add(new Reign(i, i, i - 1L, true));
        }
        final Superblock largest =
                Superblock.blank(1, "n".repeat(253), "a".repeat(253), 2 << 20, BLANK.layout())
                        .withConfiguration(
                                new Configuration(
                                        CONFIGURATION.resource(),
                                        99,
                                        7,
                                        new ReplicaSet(0xff),
                                        members,
                                        1L << 46,
                                        reigns));
        assertThat(SuperblockCodec.decode(SuperblockCodec.encode(largest, 0), 0)).contains(largest);
    }

    @Test
    void mapPageOfAnotherPlaceFormatOrVersionIsNotSound() {
        final byte[] page = MapPage.encode(FORMAT_ID, 3, 2, new long[MapPage.WORDS]);
        assertThat(MapPage.decode(page, FORMAT_ID, 3, 2)).isPresent();
        assertThat(MapPage.decode(page, FORMAT_ID + 1, 3, 2)).isEmpty();
        assertThat(MapPage.decode(page, FORMAT_ID, 2, 2)).isEmpty();
        assertThat(MapPage.decode(page, FORMAT_ID, 3, 1)).isEmpty();
        page[20] = 2;
        sealMap(page);
        assertThat(MapPage.decode(page, FORMAT_ID, 3, 2)).isEmpty();
    }

    @Test
    void damagedMapPageReadsAsEveryExtent() {
        final byte[] area = StoredReplica.format(BLANK);
        final int damaged = BLANK.layout().page(MetadataLayout.dirtyMap(4), 1);
        area[damaged * MetadataLayout.PAGE_BYTES + 2000] ^= 1;
        final StoredReplica stored = StoredReplica.read(BLANK, area);
        assertThat(stored.damagedPages()).isEqualTo(1);
        final var map = stored.maps().get(MetadataLayout.dirtyMap(4));
        assertThat(map.count()).isEqualTo(MapPage.EXTENTS);
        assertThat(map.next(0)).isEqualTo(MapPage.EXTENTS);
        assertThat(stored.maps().get(MetadataLayout.ACTIVITY_LOG).isEmpty()).isTrue();
    }

    @Test
    void layoutIsWhatTheDocumentSays() {
        final MetadataLayout layout = MetadataLayout.forVolume(1L << 40, 2 << 20);
        assertThat(layout.mapPages()).isEqualTo(259);
        assertThat(layout.dataOffset()).isEqualTo(10L << 20);
        assertThat(MetadataLayout.forVolume(1L << 30, 2 << 20)).isEqualTo(BLANK.layout());
    }

    // --- golden files: 32 bytes a line; lines of zeroes at the end are left out ---

    private static void assertGolden(String file, byte[] page) throws IOException {
        assertThat(HexFormat.of().formatHex(page))
                .as(file)
                .isEqualTo(HexFormat.of().formatHex(golden(file)));
    }

    private static byte[] golden(String file) throws IOException {
        try (InputStream in = GoldenPagesTest.class.getResourceAsStream("/golden/" + file)) {
            assertThat(in).as(file).isNotNull();
            final String digits =
                    new String(in.readAllBytes(), StandardCharsets.US_ASCII).replaceAll("\\s", "");
            return Arrays.copyOf(HexFormat.of().parseHex(digits), MetadataLayout.PAGE_BYTES);
        }
    }

    /// The blank superblock with one byte changed and the checksum right again.
    private static byte[] changed(int offset, byte value) {
        final byte[] page = SuperblockCodec.encode(BLANK, 0);
        final ByteBuffer buffer = ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN);
        buffer.put(offset, value).putInt(8, 0);
        buffer.putInt(8, MapPage.checksum(page));
        return page;
    }

    private static void sealMap(byte[] page) {
        final ByteBuffer buffer = ByteBuffer.wrap(page).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(4, 0);
        buffer.putInt(4, MapPage.checksum(page));
    }

    private static void put(byte[] area, int page, byte[] bytes) {
        System.arraycopy(bytes, 0, area, page * MetadataLayout.PAGE_BYTES, bytes.length);
    }
}
