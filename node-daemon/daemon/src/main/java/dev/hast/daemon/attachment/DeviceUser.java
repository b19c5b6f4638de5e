package dev.hast.daemon.attachment;

/// Who holds a block device.
public sealed interface DeviceUser {

    /// Mounted as a file system.
    ///
    /// @param pid a process in whose mount namespace it is
    record Mount(String mountPoint, String fileSystem, long pid) implements DeviceUser {
        @Override
        public String toString() {
            return fileSystem + " mounted on " + mountPoint + " (as process " + pid + " sees it)";
        }
    }

    /// Swap space.
    record Swap() implements DeviceUser {
        @Override
        public String toString() {
            return "swap";
        }
    }

    /// Another block device stands on it, such as device-mapper.
    record Holder(String device) implements DeviceUser {
        @Override
        public String toString() {
            return "block device " + device;
        }
    }

    /// A process has it open.
    record Process(long pid, String command) implements DeviceUser {
        @Override
        public String toString() {
            return "process " + pid + " (" + command + ")";
        }
    }

    /// Claimed, but by nobody whom /proc and /sys show.
    record Unknown() implements DeviceUser {
        @Override
        public String toString() {
            return "the kernel (a holder that /proc and /sys do not name)";
        }
    }
}
