package dev.hast.ctl.output;

import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.ProtocolMessageEnum;
import dev.hast.daemon.document.ByteCount;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/// Values as people read them.
public final class Words {

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS", Locale.ROOT);

    private Words() {}

    /// An enum constant without its type's name: `REPLICA_STATE_IN_SYNC` is `in sync`, the
    /// unspecified one `-`.
    public static String of(ProtocolMessageEnum constant) {
        return word(constant.getValueDescriptor());
    }

    static String word(EnumValueDescriptor value) {
        var type =
                value.getType()
                        .getName()
                        .replaceAll("([a-z])([A-Z])", "$1_$2")
                        .toUpperCase(Locale.ROOT);
        var name = value.getName();
        var bare = name.startsWith(type + "_") ? name.substring(type.length() + 1) : name;
        if (bare.equals("UNSPECIFIED")) {
            return "-";
        }
        var word = bare.toLowerCase(Locale.ROOT).replace('_', ' ');
        return word.equals("split brain") ? "split-brain" : word;
    }

    /// `10.0 GiB`.
    public static String bytes(long bytes) {
        return ByteCount.of(Math.max(0, bytes)).human();
    }

    /// `2097152 (2.00 MiB)`, as HAST writes sizes.
    public static String exactBytes(long bytes) {
        return bytes + " (" + bytes(bytes) + ")";
    }

    /// `112 MiB/s`.
    public static String rate(long bytesPerSecond) {
        return bytes(bytesPerSecond) + "/s";
    }

    /// Two units at most: `3d4h`, `2m13s`, `13s`, `450 ms`.
    public static String duration(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds < 1) {
            return Math.max(0, duration.toMillis()) + " ms";
        }
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3600) {
            return seconds / 60 + "m" + seconds % 60 + "s";
        }
        if (seconds < 86_400) {
            return seconds / 3600 + "h" + seconds % 3600 / 60 + "m";
        }
        return seconds / 86_400 + "d" + seconds % 86_400 / 3600 + "h";
    }

    /// `842 µs`, `312 ms`, `3.42 s`.
    public static String micros(long micros) {
        if (micros < 1000) {
            return micros + " µs";
        }
        if (micros < 1_000_000) {
            return micros / 1000 + " ms";
        }
        return String.format(Locale.ROOT, "%.2f s", micros / 1e6);
    }

    /// `43.0 %`; never 100 before all is done.
    public static String percent(long done, long total) {
        if (total <= 0) {
            return "-";
        }
        double percent = 100.0 * done / total;
        return String.format(
                Locale.ROOT, "%.1f %%", done < total ? Math.min(percent, 99.9) : 100.0);
    }

    /// Local time with milliseconds.
    public static String time(long millis, ZoneId zone) {
        return TIME.format(Instant.ofEpochMilli(millis).atZone(zone));
    }
}
