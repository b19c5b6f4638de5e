package dev.hast.daemon.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Marks laid by hand, and system tables of the test's own making.
final class ProviderInspectionTest {
    private static final long SIZE = (8 << 20) + 12_288;
    private static final ProviderInspection.Magic OURS =
            new ProviderInspection.Magic(-4096, "HASTMETA".getBytes(StandardCharsets.US_ASCII));

    @TempDir Path directory;

    private Path file;
    private Path proc;
    private Path sys;
    private ProviderInspection inspection;

    @BeforeEach
    void layOut() throws Exception {
        file = directory.resolve("provider");
        ProviderFile.create(file, SIZE, false);
        proc = Files.createDirectories(directory.resolve("proc"));
        sys = Files.createDirectories(directory.resolve("sys"));
        inspection = new ProviderInspection(new SystemUse(proc, sys));
    }

    @ParameterizedTest
    @CsvSource({
        "0, 58465342, an XFS file system",
        "65600, 5f42485266535f4d, a btrfs file system",
        "0, 4c554b53babe0001, a LUKS encrypted volume",
        "512, 4c4142454c4f4e45, an LVM physical volume",
        "4086, 5357415053504143 4532, swap space",
        "4096, fc4e2ba9, a member of a Linux RAID",
        "0, fc4e2ba9, a member of a Linux RAID",
        "512, 4546492050415254, a GPT partition table",
        "-512, 4546492050415254, a GPT partition table (its backup)",
        "510, 55aa, a partition table or boot sector",
        "131072, 0cb1ba00, a member of a ZFS pool",
        "135168, 00bab10c, a member of a ZFS pool",
        "3, 4e54465320202020, an NTFS file system",
        "1080, 53ef, an ext2 file system",
        "777777, 01, data of an unknown kind",
        "-1, 01, data of an unknown kind"
    })
    void aMarkIsRecognisedWhereItStands(final long offset, final String hex, final String what)
            throws Exception {
        put(offset, hex);
        assertThat(inspection.inspect(file, SIZE, OURS))
                .isInstanceOfSatisfying(
                        ProviderFinding.HoldsData.class,
                        data -> {
                            assertThat(data.what()).isEqualTo(what);
                        });
    }

    @Test
    void raidMetadataAtTheEndIsRecognised() throws Exception {
        put((SIZE / 512 - 16 & ~7L) * 512, "fc4e2ba9");
        assertThat(inspection.inspect(file, SIZE, OURS).message()).contains("Linux RAID");
        put((SIZE / 512 - 16 & ~7L) * 512, "00000000");
        put((SIZE & ~0xffffL) - 0x10000, "fc4e2ba9");
        assertThat(inspection.inspect(file, SIZE, OURS).message()).contains("Linux RAID");
    }

    @Test
    void theCallersOwnMarkCountsBeforeAnyOther() throws Exception {
        put(0, "58465342");
        put(-4096, HexFormat.of().formatHex(OURS.bytes()));
        final ProviderFinding finding = inspection.inspect(file, SIZE, OURS);
        assertThat(finding).isEqualTo(new ProviderFinding.Ours(file));
        assertThat(finding.isFree()).isTrue();
    }

    @Test
    void onlyZeroesIsEmpty() {
        assertThat(inspection.inspect(file, SIZE, OURS)).isEqualTo(new ProviderFinding.Empty(file));
    }

    @Test
    void whatIsTooSmallSaysBothSizes() {
        final ProviderFinding finding = inspection.inspect(file, SIZE + 1, OURS);
        assertThat(finding.message()).contains("8400896 bytes").contains("8400897 are needed");
        assertThat(finding.mayBeForced()).isFalse();
    }

    @Test
    void whatCannotHoldAReplicaIsNoProvider() {
        assertThat(inspection.inspect(directory, 0, OURS).message())
                .contains("neither a block device nor a regular file");
        assertThat(inspection.inspect(directory.resolve("none"), 0, OURS).message())
                .contains("does not exist");
        assertThat(inspection.inspect(Path.of("/dev/null"), 0, OURS).message())
                .contains("neither a block device nor a regular file");
    }

    @Test
    void aSwapFileIsInUse() throws Exception {
        final Path spaced = Files.createDirectory(directory.resolve("with blank"));
        final Path swap = spaced.resolve("swap");
        ProviderFile.create(swap, SIZE, false);
        Files.writeString(
                proc.resolve("swaps"),
                "Filename Type Size Used Priority\n"
                        + swap.toString().replace(" ", "\\040")
                        + " file 1 0 -2\n");
        assertThat(inspection.inspect(swap, SIZE, OURS))
                .isInstanceOfSatisfying(
                        ProviderFinding.InUse.class,
                        use -> assertThat(use.message()).contains("swap").contains("swapoff"));
        assertThat(inspection.inspect(file, SIZE, OURS).isFree()).isTrue();
    }

    @Test
    void aFileUnderALoopDeviceIsInUse() throws Exception {
        final Path loop = Files.createDirectories(sys.resolve("block/loop7/loop"));
        Files.writeString(loop.resolve("backing_file"), file.toRealPath() + "\n");
        assertThat(inspection.inspect(file, SIZE, OURS).message())
                .contains("the backing file of /dev/loop7");
    }

    private void put(final long offset, final String hex) throws Exception {
        try (RandomAccessFile access = new RandomAccessFile(file.toFile(), "rw")) {
            access.seek(offset < 0 ? SIZE + offset : offset);
            access.write(HexFormat.of().parseHex(hex.replace(" ", "")));
        }
    }
}
