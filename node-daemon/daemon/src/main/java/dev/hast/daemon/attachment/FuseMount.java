package dev.hast.daemon.attachment;

import static dev.hast.daemon.posix.NativeFunctions.INT;
import static dev.hast.daemon.posix.NativeFunctions.POINTER;

import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.NativeFunctions;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/// A FUSE mount that a helper process serves.
record FuseMount(Path directory) {
    private static final int MNT_FORCE = 1;
    private static final int MNT_DETACH = 2;
    private static final MethodHandle UMOUNT2 =
            NativeFunctions.function("umount2", FunctionDescriptor.of(INT, POINTER, INT));

    /// Whether it is mounted, as the kernel's table says: looking into the directory itself would
    /// wait for the helper.
    boolean isMounted() {
        for (final String line : DeviceUsers.read(Path.of("/proc/self/mountinfo")).split("\n")) {
            final String[] fields = line.split(" ");
            if (fields.length > 4 && fields[4].equals(directory.toString())) {
                return true;
            }
        }
        return false;
    }

    /// Returns 0 or `-errno`; not mounted is 0.
    int unmount() {
        return umount(0);
    }

    /// Fails what waits for the helper and takes the mount out of sight at once.
    int abort() {
        return umount(MNT_FORCE | MNT_DETACH);
    }

    private int umount(final int flags) {
        final MemorySegment state = NativeFunctions.captureState();
        try (Arena arena = Arena.ofConfined()) {
            final MemorySegment name = arena.allocateFrom(directory.toString());
            final int result =
                    NativeFunctions.orErrno((int) UMOUNT2.invokeExact(state, name, flags), state);
            return result == -Errno.EINVAL || result == -Errno.ENOENT ? 0 : result;
        } catch (final Throwable thrown) {
            throw NativeFunctions.unexpected(thrown);
        }
    }
}
