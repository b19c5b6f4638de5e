package dev.hast.daemon.storage;

import java.nio.file.Path;

/// What stands on a device or file that is to become a provider.
///
/// Each says in [#message] what was found, where, and what to do. [#mayBeForced] is whether
/// `--force` may override it: never what is in use or cannot work.
public sealed interface ProviderFinding {
    String message();

    boolean mayBeForced();

    /// May it be used without being asked twice?
    default boolean isFree() {
        return switch (this) {
            case Empty empty -> true;
            case Ours ours -> true;
            case NotAProvider no -> false;
            case InUse inUse -> false;
            case TooSmall small -> false;
            case HoldsData data -> false;
        };
    }

    /// Nothing but zeroes where data would have its marks.
    record Empty(Path path) implements ProviderFinding {
        @Override
        public String message() {
            return path + " is empty";
        }

        @Override
        public boolean mayBeForced() {
            return true;
        }
    }

    /// The caller's own metadata: whether it is of the right resource is the caller's to judge.
    record Ours(Path path) implements ProviderFinding {
        @Override
        public String message() {
            return path + " already holds a replica";
        }

        @Override
        public boolean mayBeForced() {
            return true;
        }
    }

    /// Missing, unreadable, or a thing that cannot hold a replica.
    record NotAProvider(Path path, String message) implements ProviderFinding {
        @Override
        public boolean mayBeForced() {
            return false;
        }
    }

    /// Somebody is using it now; overwriting would destroy what they have.
    ///
    /// @param by the user and where, as a clause: `mounted on /var`
    /// @param mend how to end that
    record InUse(Path path, String by, String mend) implements ProviderFinding {
        static InUse locked(final Path path) {
            return new InUse(
                    path,
                    "locked by another program, perhaps another hastd",
                    "find it with `fuser -v " + path + "` and stop it, or name another provider");
        }

        @Override
        public String message() {
            return path + " is " + by + "; " + mend;
        }

        @Override
        public boolean mayBeForced() {
            return false;
        }
    }

    /// @param size what it has, in bytes
    /// @param needed what the resource takes, in bytes
    record TooSmall(Path path, long size, long needed) implements ProviderFinding {
        @Override
        public String message() {
            return path
                    + " has "
                    + size
                    + " bytes but "
                    + needed
                    + " are needed; use a larger provider, or a smaller size of the resource";
        }

        @Override
        public boolean mayBeForced() {
            return false;
        }
    }

    /// Somebody's data, not in use at the moment.
    ///
    /// @param what such as `an ext4 file system`
    /// @param at where its mark was found, in bytes from the start
    record HoldsData(Path path, String what, long at) implements ProviderFinding {
        @Override
        public String message() {
            return path
                    + " holds "
                    + what
                    + " (found at byte "
                    + at
                    + "), which would be destroyed; name another provider, or clear it with `wipefs -a "
                    + path
                    + "`, or repeat with --force";
        }

        @Override
        public boolean mayBeForced() {
            return true;
        }
    }
}
