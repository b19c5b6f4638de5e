package dev.hast.daemon.attachment;

import java.nio.file.Path;
import java.util.Optional;

/// What is there of one attachment by `nbdfuse`, found in /proc and /sys: after a crash, any part
/// of it.
///
/// ```
/// export's socket <- nbdkit retry (NAME.sock) <- nbdfuse (NAME.mnt/NAME) <- loop device <- link
/// ```
record NbdfuseRemains(
        Paths paths,
        Optional<HelperProcess> proxy,
        Optional<HelperProcess> fuse,
        boolean mounted,
        Optional<LoopDevice> loop) {

    /// Where one attachment keeps its things in the run directory.
    record Paths(Path proxySocket, Path mountPoint, Path file, Path output) {
        static Paths of(final Path runDirectory, final String name) {
            final Path mountPoint = runDirectory.resolve(name + ".mnt");
            return new Paths(
                    runDirectory.resolve(name + ".sock"),
                    mountPoint,
                    mountPoint.resolve(name),
                    runDirectory.resolve(name + ".out"));
        }
    }

    static NbdfuseRemains find(final Path runDirectory, final String name) {
        final Paths paths = Paths.of(runDirectory, name);
        return new NbdfuseRemains(
                paths,
                HelperProcess.find("nbdkit", paths.proxySocket()),
                HelperProcess.find("nbdfuse", paths.file()),
                new FuseMount(paths.mountPoint()).isMounted(),
                LoopDevice.boundTo(paths.file()));
    }

    boolean isNothing() {
        return proxy.isEmpty() && fuse.isEmpty() && !mounted && loop.isEmpty();
    }

    /// Whether I/O on the loop device gets as far as the export's socket.
    boolean isWhole(final boolean withProxy) {
        return fuse.isPresent() && mounted && loop.isPresent() && (proxy.isPresent() || !withProxy);
    }
}
