package dev.hast.daemon.storage.fault;

import dev.hast.daemon.posix.Errno;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/// Which requests meet which fault.
///
/// As text: `OPERATIONS RANGE FAULT [after N] [times N]`, for example
///
/// ```
/// write 4096-8191 EIO after 3 times 1
/// read,write all delay 50ms
/// flush all hang
/// ```
///
/// Operations are `read`, `write`, `zero`, `flush` or `any`, joined by commas. A range is in bytes,
/// its last byte included; a flush is in every range.
///
/// @param first first byte of the range
/// @param last last byte of the range
/// @param after how many matching requests pass before the first is hit
/// @param times how many are hit then
public record FaultRule(
        Set<Operation> operations, long first, long last, Fault fault, long after, long times) {

    /// Kinds of requests.
    public enum Operation {
        READ,
        WRITE,
        ZERO,
        FLUSH
    }

    public FaultRule {
        operations = Set.copyOf(operations);
    }

    /// A rule for every matching request.
    public FaultRule(
            final Set<Operation> operations, final long first, final long last, final Fault fault) {
        this(operations, first, last, fault, 0, Long.MAX_VALUE);
    }

    public FaultRule limited(final long newAfter, final long newTimes) {
        return new FaultRule(operations, first, last, fault, newAfter, newTimes);
    }

    boolean matches(final Operation operation, final long offset, final long length) {
        return operations.contains(operation)
                && (operation == Operation.FLUSH || offset <= last && offset + length > first);
    }

    /// Reads one line of the text form. The message of the exception says what is wrong with it.
    public static FaultRule parse(final String line) {
        final String[] words = line.strip().split("\\s+");
        if (words.length < 3) {
            throw bad(line, "expected `OPERATIONS RANGE FAULT [after N] [times N]`");
        }
        final boolean all = words[1].equals("all");
        final String[] range = words[1].split("-", -1);
        if (!all && range.length != 2) {
            throw bad(line, "a range is `all` or `FIRST-LAST` in bytes");
        }
        int next = 3;
        final Fault fault;
        switch (words[2]) {
            case "hang" -> fault = new Fault.Hang();
            case "crash" -> fault = new Fault.Crash();
            case "delay" -> {
                if (words.length < 4 || !words[3].endsWith("ms")) {
                    throw bad(line, "a delay is `delay Nms`");
                }
                fault =
                        new Fault.Delay(
                                Duration.ofMillis(number(line, words[3].replace("ms", ""))));
                next = 4;
            }
            default -> fault = new Fault.Fail(errno(line, words[2]));
        }
        long after = 0;
        long times = Long.MAX_VALUE;
        for (; next + 1 < words.length; next += 2) {
            switch (words[next]) {
                case "after" -> after = number(line, words[next + 1]);
                case "times" -> times = number(line, words[next + 1]);
                default -> throw bad(line, "unknown word `" + words[next] + "`");
            }
        }
        if (next != words.length) {
            throw bad(line, "`" + words[next] + "` lacks its number");
        }
        return new FaultRule(
                operations(line, words[0]),
                all ? 0 : number(line, range[0]),
                all ? Long.MAX_VALUE : number(line, range[1]),
                fault,
                after,
                times);
    }

    private static Set<Operation> operations(final String line, final String text) {
        if (text.equals("any")) {
            return EnumSet.allOf(Operation.class);
        }
        final Set<Operation> operations = EnumSet.noneOf(Operation.class);
        for (final String name : text.split(",", -1)) {
            try {
                operations.add(Operation.valueOf(name.toUpperCase(Locale.ROOT)));
            } catch (final IllegalArgumentException e) {
                throw bad(line, "operations are read, write, zero, flush or any");
            }
        }
        return operations;
    }

    private static int errno(final String line, final String name) {
        for (int errno = 1; errno < 134; errno++) {
            if (Errno.name(errno).equals(name)) {
                return errno;
            }
        }
        throw bad(line, "`" + name + "` is neither an errno nor `crash`, `delay` or `hang`");
    }

    private static long number(final String line, final String text) {
        try {
            return Long.parseLong(text);
        } catch (final NumberFormatException e) {
            throw bad(line, "`" + text + "` is not a number");
        }
    }

    private static IllegalArgumentException bad(final String line, final String why) {
        return new IllegalArgumentException("fault rule `" + line + "`: " + why);
    }
}
