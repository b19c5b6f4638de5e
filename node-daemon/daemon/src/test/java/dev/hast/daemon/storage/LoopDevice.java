package dev.hast.daemon.storage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/// A real block device for a test: a loop device over a file. Needs root and `losetup`; without,
/// the test is skipped and says so.
record LoopDevice(Path device, Path file) implements AutoCloseable {

    static LoopDevice over(final Path file, final int sectorSize) throws Exception {
        assumeRoot();
        final String name =
                run(
                        "losetup",
                        "--find",
                        "--show",
                        "--direct-io=on",
                        "--sector-size",
                        Integer.toString(sectorSize),
                        file.toString());
        return new LoopDevice(Path.of(name.strip()), file);
    }

    static void assumeRoot() throws IOException {
        final boolean root = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0;
        Assumptions.assumeTrue(
                root && Files.exists(Path.of("/dev/loop-control")),
                "needs root and loop devices: run the tests as root to have block devices tested");
    }

    static String run(final String... command) throws Exception {
        final Process process =
                new ProcessBuilder(List.of(command)).redirectErrorStream(true).start();
        final String output =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + ": " + output);
        }
        return output;
    }

    @Override
    public void close() throws Exception {
        run("losetup", "--detach", device.toString());
    }
}
