package dev.hast.daemon.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hast.daemon.posix.Errno;
import java.io.BufferedReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What lies outside of one engine's conformance: choosing the engine, other processes, full file
/// systems.
final class LocalProviderIT {
    private static final int MIB = 1 << 20;

    @TempDir Path directory;

    @Test
    void aLoopWithoutIoUringGetsThreadsUnlessIoUringIsInsistedOn() throws Exception {
        final Path file = file("provider", MIB);
        try (StorageLoop loop = new StorageLoop(EngineChoice.THREADS)) {
            final ProviderOptions options = ProviderOptions.defaults();
            final LocalProvider provider = loop.open(file, options);
            assertThat(provider.engine()).isEqualTo("threads");
            loop.closeAndWait(provider);
            assertThat(loop.refusal(file, options.withEngine(EngineChoice.IO_URING)))
                    .isInstanceOf(ProviderException.class)
                    .hasMessageContaining("choose the engine `auto`");
            loop.closeAndWait(loop.open(file, options));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"file", "blockDevice"})
    void aProviderHeldByAnotherProcessIsRefusedUntilThatProcessIsKilled(final Medium medium)
            throws Exception {
        final Path file = file("provider", MIB);
        if (medium == Medium.file) {
            refusedWhileHeld(file);
        } else {
            try (LoopDevice device = LoopDevice.over(file, 512)) {
                refusedWhileHeld(device.device());
            }
        }
    }

    enum Medium {
        file,
        blockDevice
    }

    private static void refusedWhileHeld(final Path path) throws Exception {
        final Process holder =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Holder.class.getName(),
                                path.toString())
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (StorageLoop loop = new StorageLoop(EngineChoice.AUTO);
                BufferedReader output = holder.inputReader()) {
            String line = output.readLine();
            while (line != null && !line.equals("held")) {
                line = output.readLine();
            }
            assertThat(line).isEqualTo("held");
            assertThat(loop.refusal(path, ProviderOptions.defaults()))
                    .isInstanceOf(ProviderException.class)
                    .hasMessageContaining(path.toString())
                    .hasMessageContaining("fuser -v " + path);
            holder.destroyForcibly();
            assertThat(holder.waitFor(1, TimeUnit.MINUTES)).isTrue();
            loop.closeAndWait(loop.open(path, ProviderOptions.defaults()));
        } finally {
            holder.destroyForcibly();
        }
    }

    /// Another hastd, as far as the lock goes.
    static final class Holder {
        private Holder() {}

        public static void main(final String[] arguments) throws Exception {
            try (StorageLoop loop = new StorageLoop(EngineChoice.THREADS)) {
                loop.open(Path.of(arguments[0]), ProviderOptions.defaults());
                System.out.println("held");
                System.out.flush();
                // Until it is killed, or its parent goes away.
                final int end = System.in.read();
                System.out.println("input ended with " + end);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"IO_URING", "THREADS"})
    void aFullFileSystemEndsWritesWithNoSpaceAndReadsStay(final EngineChoice engine)
            throws Exception {
        LoopDevice.assumeRoot();
        final Path image = file("image", 24 * MIB);
        LoopDevice.run("mkfs.ext4", "-q", "-F", image.toString());
        final Path mountPoint = Files.createDirectory(directory.resolve("mnt"));
        LoopDevice.run("mount", "-o", "loop", image.toString(), mountPoint.toString());
        try (StorageLoop loop = new StorageLoop(engine)) {
            assertThatThrownBy(() ->
                            LocalProvider.createFile(mountPoint.resolve("full"), 64L * MIB, true))
                    .isInstanceOf(ProviderException.class)
                    .hasMessageContaining("ENOSPC")
                    .hasMessageContaining("free some space");
            assertThat(mountPoint.resolve("full")).doesNotExist();

            final Path sparse = mountPoint.resolve("sparse");
            LocalProvider.createFile(sparse, 64L * MIB, false);
            final LocalProvider provider =
                    loop.open(sparse, ProviderOptions.defaults().withEngine(engine));
            final byte[] bytes = new byte[MIB];
            Arrays.fill(bytes, (byte) 5);
            int result = 0;
            int written = 0;
            while (result == 0 && written < 64) {
                result = loop.write(provider, (long) written * MIB, bytes);
                written += result == 0 ? 1 : 0;
            }
            assertThat(result).isEqualTo(-Errno.ENOSPC);
            assertThat(written).isPositive();
            assertThat(loop.read(provider, (written - 1L) * MIB, MIB)).isEqualTo(bytes);
            assertThat(loop.zero(provider, 0, MIB, true)).isZero();
            assertThat(loop.write(provider, 0, bytes)).isZero();
            loop.closeAndWait(provider);
        } finally {
            LoopDevice.run("umount", mountPoint.toString());
        }
    }

    @Test
    void punchingGivesSpaceBackAndZeroingKeepsIt() throws Exception {
        final Path file = file("provider", 4 * MIB);
        try (StorageLoop loop = new StorageLoop(EngineChoice.AUTO)) {
            final LocalProvider provider = loop.open(file, ProviderOptions.defaults());
            loop.write(provider, 0, new byte[4 * MIB]);
            assertThat(allocated(file)).isGreaterThanOrEqualTo(4 * MIB);
            loop.zero(provider, 0, MIB, false);
            assertThat(allocated(file)).isGreaterThanOrEqualTo(4 * MIB);
            loop.zero(provider, 0, MIB, true);
            assertThat(allocated(file)).isLessThan(4 * MIB);
            loop.closeAndWait(provider);
        }
    }

    private static long allocated(final Path file) throws Exception {
        return 512L * Long.parseLong(LoopDevice.run("stat", "-c", "%b", file.toString()).strip());
    }

    @Test
    void aSectorSizeSmallerThanTheDevicesIsRaisedToIt() throws Exception {
        try (LoopDevice device = LoopDevice.over(file("provider", MIB), 4096);
                StorageLoop loop = new StorageLoop(EngineChoice.AUTO)) {
            final LocalProvider provider =
                    loop.open(device.device(), ProviderOptions.defaults().withSectorSize(512));
            assertThat(provider.sectorSize()).isEqualTo(4096);
            loop.closeAndWait(provider);
        }
    }

    @Test
    void aReadOnlyDeviceIsRefused() throws Exception {
        final Path file = file("provider", MIB);
        LoopDevice.assumeRoot();
        final Path device =
                Path.of(
                        LoopDevice.run(
                                        "losetup",
                                        "--find",
                                        "--show",
                                        "--read-only",
                                        file.toString())
                                .strip());
        try (LoopDevice loopDevice = new LoopDevice(device, file);
                StorageLoop loop = new StorageLoop(EngineChoice.AUTO)) {
            assertThat(loop.refusal(loopDevice.device(), ProviderOptions.defaults()))
                    .hasMessageContaining(device.toString())
                    .hasMessageMatching("(?s).*(EROFS|EACCES).*");
        }
    }

    private Path file(final String name, final long size) throws Exception {
        final Path file = directory.resolve(name);
        LocalProvider.createFile(file, size, false);
        return file;
    }
}
