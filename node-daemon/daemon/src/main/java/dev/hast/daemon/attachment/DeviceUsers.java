package dev.hast.daemon.attachment;

import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.FileCalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Finds out who holds a block device.
///
/// Whether anybody does is asked of the kernel (an exclusive open); the names come from /proc and
/// /sys and may miss somebody who has just gone.
final class DeviceUsers {
    private static final Path PROC = Path.of("/proc");
    private static final Duration LOOKERS_PATIENCE = Duration.ofSeconds(2);

    private DeviceUsers() {}

    /// Everybody who holds `device`: claims (mounts, swap, block devices on top), and processes
    /// that have it open, this one excepted.
    static List<DeviceUser> of(final Path device) {
        final List<DeviceUser> users = new ArrayList<>(claims(device));
        users.addAll(processes(device));
        return users;
    }

    /// Refuses a device that somebody holds. Whoever only has it open gets two seconds to close it:
    /// udev and its like look at every device, and at once again when a writer closes one.
    static void refuseIfUsed(final String name, final Path device) throws DeviceInUseException {
        final Deadline patience = Deadline.in(LOOKERS_PATIENCE);
        patience.await(() -> processes(device).isEmpty() || !claims(device).isEmpty());
        final List<DeviceUser> users = of(device);
        if (!users.isEmpty()) {
            throw new DeviceInUseException(name, device, users);
        }
    }

    private static List<DeviceUser> claims(final Path device) {
        final int fd = FileCalls.open(device, FileCalls.O_RDONLY | FileCalls.O_EXCL, 0);
        if (fd >= 0) {
            FileCalls.close(fd);
            return List.of();
        }
        if (fd != -Errno.EBUSY) {
            return List.of();
        }
        final List<DeviceUser> users = new ArrayList<>(mounts(device));
        users.addAll(holders(device));
        users.addAll(swap(device));
        if (users.isEmpty()) {
            users.add(new DeviceUser.Unknown());
        }
        return users;
    }

    /// Mounts in every mount namespace, each mount point once: a pod's mounts are not in ours.
    private static List<DeviceUser> mounts(final Path device) {
        final Map<String, DeviceUser> found = new LinkedHashMap<>();
        final String number = read(Path.of("/sys/class/block", device.getFileName() + "", "dev"));
        if (number.isEmpty()) {
            return List.of();
        }
        collectMounts(found, ProcessHandle.current().pid(), number);
        if (found.isEmpty()) {
            for (final long pid : pids()) {
                collectMounts(found, pid, number);
                if (!found.isEmpty()) {
                    break;
                }
            }
        }
        return List.copyOf(found.values());
    }

    private static void collectMounts(
            final Map<String, DeviceUser> found, final long pid, final String number) {
        for (final String line : read(PROC.resolve(pid + "/mountinfo")).split("\n")) {
            // id parent major:minor root mountpoint options [optional...] - fstype source options
            final String[] fields = line.split(" ");
            if (fields.length > 9 && fields[2].equals(number)) {
                int dash = 6;
                while (dash < fields.length - 1 && !"-".equals(fields[dash])) {
                    dash++;
                }
                final String type = dash + 1 < fields.length ? fields[dash + 1] : "?";
                found.putIfAbsent(fields[4], new DeviceUser.Mount(fields[4], type, pid));
            }
        }
    }

    private static List<DeviceUser> holders(final Path device) {
        final List<DeviceUser> users = new ArrayList<>();
        final Path holders = Path.of("/sys/class/block", device.getFileName() + "", "holders");
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(holders)) {
            for (final Path entry : entries) {
                users.add(new DeviceUser.Holder(entry.getFileName().toString()));
            }
        } catch (final IOException gone) {
            return users;
        }
        return users;
    }

    private static List<DeviceUser> swap(final Path device) {
        for (final String line : read(Path.of("/proc/swaps")).split("\n")) {
            if (line.startsWith(device + " ")) {
                return List.of(new DeviceUser.Swap());
            }
        }
        return List.of();
    }

    private static List<DeviceUser> processes(final Path device) {
        final List<DeviceUser> users = new ArrayList<>();
        for (final long pid : pids()) {
            if (pid != ProcessHandle.current().pid() && hasOpen(pid, device)) {
                users.add(new DeviceUser.Process(pid, read(PROC.resolve(pid + "/comm")).strip()));
            }
        }
        return users;
    }

    private static boolean hasOpen(final long pid, final Path device) {
        try (DirectoryStream<Path> fds = Files.newDirectoryStream(PROC.resolve(pid + "/fd"))) {
            for (final Path fd : fds) {
                if (pointsTo(fd, device)) {
                    return true;
                }
            }
        } catch (final IOException | java.nio.file.DirectoryIteratorException gone) {
            return false;
        }
        return false;
    }

    private static boolean pointsTo(final Path fd, final Path device) {
        try {
            return Files.readSymbolicLink(fd).equals(device);
        } catch (final IOException closed) {
            return false;
        }
    }

    /// All processes, oldest first.
    static List<Long> pids() {
        final List<Long> pids = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(PROC, "[0-9]*")) {
            for (final Path entry : entries) {
                pids.add(Long.parseLong(entry.getFileName().toString()));
            }
        } catch (final IOException unreadable) {
            return List.of();
        }
        pids.sort(null);
        return pids;
    }

    /// The text of a small file of /proc or /sys, stripped; empty when it cannot be read.
    static String read(final Path file) {
        try {
            return new String(Files.readAllBytes(file), StandardCharsets.UTF_8).strip();
        } catch (final IOException gone) {
            return "";
        }
    }
}
