package dev.hast.daemon.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What is told of real file systems, made by the tools that make them.
final class ProviderInspectionIT {
    private static final ProviderInspection.Magic OURS =
            new ProviderInspection.Magic(0, "HASTMETA".getBytes(StandardCharsets.US_ASCII));
    private static final long NEEDED = 1 << 20;

    private final ProviderInspection inspection = new ProviderInspection();

    @TempDir Path directory;

    @ParameterizedTest
    @CsvSource({
        "mkfs.ext4 -q -F, an ext4 file system",
        "mkfs.ext3 -q -F, an ext3 file system",
        "mkfs.ext2 -q -F, an ext2 file system",
        "mkfs.xfs -q -f, an XFS file system",
        "mkfs.btrfs -q -f, a btrfs file system",
        "mkswap, swap space"
    })
    void whatAToolHasMadeIsRecognised(final String tool, final String what) throws Exception {
        final Path file = sparse("made", 320L << 20);
        final List<String> command = new ArrayList<>(List.of(tool.split(" ")));
        final Optional<Path> program =
                Stream.of("/sbin", "/usr/sbin", "/usr/bin")
                        .map(place -> Path.of(place, command.getFirst()))
                        .filter(Files::isExecutable)
                        .findFirst();
        Assumptions.assumeTrue(
                program.isPresent(), () -> "needs " + command.getFirst() + " installed");
        command.set(0, program.orElseThrow().toString());
        command.add(file.toString());
        LoopDevice.run(command.toArray(String[]::new));

        final ProviderFinding finding = inspection.inspect(file, NEEDED, OURS);
        assertThat(finding)
                .isInstanceOfSatisfying(
                        ProviderFinding.HoldsData.class,
                        data -> assertThat(data.what()).isEqualTo(what));
        assertThat(finding.isFree()).isFalse();
        assertThat(finding.mayBeForced()).isTrue();
        assertThat(finding.message())
                .contains(file.toString())
                .contains(what)
                .contains("wipefs")
                .contains("--force");
    }

    @Test
    void aMountedDeviceIsInUseAndSoAreItsBackingFileAndItsOpening() throws Exception {
        final Path file = sparse("mounted", 32 << 20);
        LoopDevice.run("mkfs.ext4", "-q", "-F", file.toString());
        final Path mountPoint = Files.createDirectory(directory.resolve("a mount point"));
        try (LoopDevice device = LoopDevice.over(file, 512)) {
            LoopDevice.run("mount", device.device().toString(), mountPoint.toString());
            try (StorageLoop loop = new StorageLoop(EngineChoice.AUTO)) {
                final ProviderFinding finding = inspection.inspect(device.device(), NEEDED, OURS);
                assertThat(finding).isInstanceOf(ProviderFinding.InUse.class);
                assertThat(finding.mayBeForced()).isFalse();
                assertThat(finding.message())
                        .contains("mounted on " + mountPoint)
                        .contains("umount");
                assertThat(loop.refusal(device.device(), ProviderOptions.defaults()))
                        .hasMessageContaining("mounted on " + mountPoint);
                assertThat(inspection.inspect(file, NEEDED, OURS).message())
                        .contains("the backing file of " + device.device())
                        .contains("losetup -d");
                assertThat(loop.refusal(file, ProviderOptions.defaults()))
                        .hasMessageContaining("the backing file of " + device.device());
            } finally {
                LoopDevice.run("umount", mountPoint.toString());
            }
            assertThat(inspection.inspect(device.device(), NEEDED, OURS))
                    .isInstanceOf(ProviderFinding.HoldsData.class);
        }
    }

    @Test
    void aDiskWithAMountedPartitionIsInUse() throws Exception {
        LoopDevice.assumeRoot();
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/sbin/sfdisk")), "needs sfdisk");
        final Path file = sparse("disk", 64 << 20);
        final Path script = Files.writeString(directory.resolve("table"), "2048,+\n");
        LoopDevice.run(
                "sh",
                "-c",
                "/sbin/sfdisk -q --no-reread --no-tell-kernel " + file + " < " + script);
        assertThat(inspection.inspect(file, NEEDED, OURS).message())
                .contains("a partition table or boot sector");
        final Path device =
                Path.of(
                        LoopDevice.run("losetup", "--find", "--show", "--partscan", file.toString())
                                .strip());
        try (LoopDevice loopDevice = new LoopDevice(device, file)) {
            final Path partition = Path.of(device + "p1");
            Assumptions.assumeTrue(
                    Files.exists(
                            Path.of(
                                    "/sys/block",
                                    device.getFileName() + "",
                                    device.getFileName() + "p1")),
                    "needs a kernel that reads partitions of loop devices");
            makeNodeIfMissing(partition, device);
            LoopDevice.run("mkfs.ext4", "-q", "-F", partition.toString());
            final Path mountPoint = Files.createDirectory(directory.resolve("mnt"));
            LoopDevice.run("mount", partition.toString(), mountPoint.toString());
            try {
                assertThat(inspection.inspect(loopDevice.device(), NEEDED, OURS).message())
                        .contains("mounted on " + mountPoint)
                        .contains("(through " + partition + ")");
            } finally {
                LoopDevice.run("umount", mountPoint.toString());
            }
        }
    }

    /// Without udev nobody makes the nodes of new partitions.
    private static void makeNodeIfMissing(final Path partition, final Path device)
            throws Exception {
        if (!Files.exists(partition)) {
            final String number =
                    Files.readString(
                                    Path.of(
                                            "/sys/block",
                                            device.getFileName().toString(),
                                            partition.getFileName().toString(),
                                            "dev"))
                            .strip();
            LoopDevice.run(
                    "mknod", partition.toString(), "b", number.split(":")[0], number.split(":")[1]);
        }
    }

    @Test
    void aProviderThatIsOpenIsInUse() throws Exception {
        final Path file = sparse("open", 2 << 20);
        try (StorageLoop loop = new StorageLoop(EngineChoice.AUTO)) {
            final LocalProvider provider = loop.open(file, ProviderOptions.defaults());
            assertThat(inspection.inspect(file, NEEDED, OURS))
                    .isInstanceOfSatisfying(
                            ProviderFinding.InUse.class,
                            use -> assertThat(use.by()).contains("locked by another program"));
            loop.closeAndWait(provider);
        }
        assertThat(inspection.inspect(file, NEEDED, OURS))
                .isEqualTo(new ProviderFinding.Empty(file));
    }

    @Test
    void aBlockDeviceThatIsEmptySaysSo() throws Exception {
        try (LoopDevice device = LoopDevice.over(sparse("blank", 4 << 20), 4096)) {
            assertThat(inspection.inspect(device.device(), NEEDED, OURS))
                    .isEqualTo(new ProviderFinding.Empty(device.device()));
            assertThat(inspection.inspect(device.device(), 5 << 20, OURS))
                    .isEqualTo(new ProviderFinding.TooSmall(device.device(), 4 << 20, 5 << 20));
        }
    }

    private Path sparse(final String name, final long size) throws Exception {
        final Path file = directory.resolve(name);
        ProviderFile.create(file, size, false);
        return file;
    }
}
