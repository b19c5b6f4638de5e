package dev.hast.daemon.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Who uses a device or file, by what `/proc` and `/sys` say. Root directories are parameters so
/// that tests can lay their own.
///
/// @param proc normally `/proc`
/// @param sys normally `/sys`
record SystemUse(Path proc, Path sys) {

    /// A block device's number.
    private record DeviceNumber(long major, long minor) {
        static DeviceNumber of(final Path device) throws IOException {
            final long id = ((Number) Files.getAttribute(device, "unix:rdev")).longValue();
            return new DeviceNumber(
                    (id >>> 8) & 0xfff | (id >>> 32) & ~0xfffL, id & 0xff | (id >>> 12) & ~0xffL);
        }

        @Override
        public String toString() {
            return major + ":" + minor;
        }
    }

    Optional<ProviderFinding.InUse> of(final Path path) throws IOException {
        final Path real = path.toRealPath();
        if (Files.isRegularFile(real)) {
            return loopOver(path, real);
        }
        final List<Path> devices =
                withPartitions(sys.resolve("dev/block").resolve(DeviceNumber.of(real).toString()));
        for (final Path device : devices) {
            final Optional<ProviderFinding.InUse> user = ofDevice(path, real, device);
            if (user.isPresent()) {
                return user;
            }
        }
        return loopOver(path, real);
    }

    private Optional<ProviderFinding.InUse> ofDevice(
            final Path path, final Path real, final Path device) throws IOException {
        final String number = firstLine(device.resolve("dev")).orElse("");
        final Path node =
                Path.of("/dev").resolve(deviceName(device).orElse(real.getFileName().toString()));
        final Optional<String> mountPoint = mountPoint(number, node);
        if (mountPoint.isPresent()) {
            return Optional.of(
                    new ProviderFinding.InUse(
                            path,
                            "mounted on " + mountPoint.get() + through(real, node),
                            "unmount it with `umount "
                                    + mountPoint.get()
                                    + "`, or name another provider"));
        }
        if (isSwap(node) || isSwap(real)) {
            return Optional.of(
                    new ProviderFinding.InUse(
                            path,
                            "in use as swap space" + through(real, node),
                            "end that with `swapoff " + node + "`, or name another provider"));
        }
        final List<String> holders = holders(device);
        if (!holders.isEmpty()) {
            return Optional.of(
                    new ProviderFinding.InUse(
                            path,
                            "part of " + String.join(", ", holders) + through(real, node),
                            "take it out of there (see `lsblk "
                                    + node
                                    + "`), or name another provider"));
        }
        return Optional.empty();
    }

    private static String through(final Path real, final Path node) {
        return node.equals(real) ? "" : " (through " + node + ")";
    }

    private static List<Path> withPartitions(final Path device) throws IOException {
        final List<Path> devices = new ArrayList<>();
        devices.add(device);
        for (final Path child : list(device)) {
            if (Files.exists(child.resolve("partition"))) {
                devices.add(child);
            }
        }
        return devices;
    }

    private static Optional<String> deviceName(final Path device) throws IOException {
        final Path uevent = device.resolve("uevent");
        if (!Files.exists(uevent)) {
            return Optional.empty();
        }
        return Files.readAllLines(uevent).stream()
                .filter(line -> line.startsWith("DEVNAME="))
                .map(line -> line.substring("DEVNAME=".length()))
                .findFirst();
    }

    /// Looks in our own mount namespace and, from inside a container, in the machine's.
    private Optional<String> mountPoint(final String number, final Path node) throws IOException {
        for (final String process : List.of("self", "1")) {
            for (final String line : linesIfReadable(proc.resolve(process).resolve("mountinfo"))) {
                // 36 35 98:0 /root /mount/point options - type source super-options
                final String[] fields = line.split(" ");
                final int separator = List.of(fields).indexOf("-");
                if (separator < 0 || fields.length < separator + 3) {
                    continue;
                }
                // btrfs shows a number of its own, so the source counts too.
                if (fields[2].equals(number) || fields[separator + 2].equals(node.toString())) {
                    return Optional.of(unescape(fields[4]));
                }
            }
        }
        return Optional.empty();
    }

    private boolean isSwap(final Path node) throws IOException {
        return linesIfReadable(proc.resolve("swaps")).stream()
                .anyMatch(line -> unescape(line.split("\\s+")[0]).equals(node.toString()));
    }

    private static List<String> holders(final Path device) throws IOException {
        final List<String> names = new ArrayList<>();
        for (final Path holder : list(device.resolve("holders"))) {
            final String kernelName = holder.getFileName().toString();
            names.add(
                    firstLine(holder.resolve("dm/name"))
                            .map(name -> "/dev/mapper/" + name)
                            .orElse("/dev/" + kernelName));
        }
        return names;
    }

    private Optional<ProviderFinding.InUse> loopOver(final Path path, final Path real)
            throws IOException {
        for (final Path device : list(sys.resolve("block"))) {
            final Optional<String> backing = firstLine(device.resolve("loop/backing_file"));
            if (backing.isPresent() && backing.get().equals(real.toString())) {
                final Path loop = Path.of("/dev").resolve(device.getFileName().toString());
                return Optional.of(
                        new ProviderFinding.InUse(
                                path,
                                "the backing file of " + loop,
                                "detach it with `losetup -d "
                                        + loop
                                        + "`, or name that device or another provider"));
            }
        }
        return isSwap(real)
                ? Optional.of(
                        new ProviderFinding.InUse(
                                path,
                                "in use as swap space",
                                "end that with `swapoff " + real + "`, or name another provider"))
                : Optional.empty();
    }

    private static List<Path> list(final Path directory) throws IOException {
        final List<Path> children = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(directory)) {
            stream.forEach(children::add);
        } catch (final NoSuchFileException | NotDirectoryException e) {
            return List.of();
        }
        return children;
    }

    private static Optional<String> firstLine(final Path file) {
        try (var lines = Files.lines(file)) {
            return lines.findFirst();
        } catch (final IOException | UncheckedIOException e) {
            // Not there, a loop device without a file, or a device that goes away as we look.
            return Optional.empty();
        }
    }

    private static List<String> linesIfReadable(final Path file) throws IOException {
        // Not readAllLines: it refuses a mount point whose name is not UTF-8.
        return Files.isReadable(file)
                ? new String(Files.readAllBytes(file), StandardCharsets.UTF_8).lines().toList()
                : List.of();
    }

    /// `/proc` writes blank, tab, newline and backslash in octal.
    private static String unescape(final String field) {
        return field.replace("\\040", " ")
                .replace("\\011", "\t")
                .replace("\\012", "\n")
                .replace("\\134", "\\");
    }
}
