package dev.hast.daemon.attachment;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One of the kernel's NBD devices, as /sys shows it.
///
/// The backend identifier tells whose it is: `hast:NAME:RESOURCE-ID`. The kernel keeps it for as
/// long as the device is connected or held, so a restarted daemon finds its devices by it.
record NbdBlockDevice(int index) {
    private static final Path SYS_BLOCK = Path.of("/sys/block");
    private static final String PREFIX = "hast:";

    static String backend(final AttachmentRequest request) {
        return PREFIX + request.name() + ":" + request.resourceId();
    }

    /// All devices that carry a backend identifier of ours.
    static List<NbdBlockDevice> ours() {
        final List<NbdBlockDevice> devices = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(SYS_BLOCK, "nbd*")) {
            for (final Path entry : entries) {
                final String number = entry.getFileName().toString().substring("nbd".length());
                if (number.chars().allMatch(Character::isDigit) && !number.isEmpty()) {
                    final NbdBlockDevice device = new NbdBlockDevice(Integer.parseInt(number));
                    if (device.backend().startsWith(PREFIX)) {
                        devices.add(device);
                    }
                }
            }
        } catch (final IOException unreadable) {
            return devices;
        }
        devices.sort((left, right) -> Integer.compare(left.index, right.index));
        return devices;
    }

    static List<NbdBlockDevice> named(final String name) {
        return ours().stream().filter(device -> device.name().equals(Optional.of(name))).toList();
    }

    Path path() {
        return Path.of("/dev/nbd" + index);
    }

    private Path sys() {
        return SYS_BLOCK.resolve("nbd" + index);
    }

    /// Empty when the device is neither connected nor held.
    String backend() {
        return DeviceUsers.read(sys().resolve("backend"));
    }

    /// The resource's name out of the backend identifier.
    Optional<String> name() {
        final String[] parts = backend().split(":");
        return parts.length == 3 ? Optional.of(parts[1]) : Optional.empty();
    }

    /// In bytes.
    long size() {
        final String sectors = DeviceUsers.read(sys().resolve("size"));
        return sectors.isEmpty() ? 0 : Long.parseLong(sectors) * 512;
    }
}
