package dev.hast.daemon.document;

import java.net.InetAddress;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;

/// Parsers of single values, each with its limits.
final class Values {

    private Values() {}

    static String text(String text) throws BadValue {
        if (text.isBlank()) {
            throw new BadValue("is empty", "give it a value, or leave the field out");
        }
        return text;
    }

    static String name(String text) throws BadValue {
        if (!Names.isValid(text)) {
            throw new BadValue(
                    quoted(text) + " is not a name",
                    "use at most "
                            + Names.LENGTH_MAX
                            + " lower-case letters, digits, - and .,"
                            + " with a letter or digit first and last");
        }
        return text;
    }

    static Path absolutePath(String text) throws BadValue {
        try {
            var path = Path.of(text);
            if (path.isAbsolute()) {
                return path.normalize();
            }
        } catch (InvalidPathException e) {
            throw new BadValue(
                    quoted(text) + " is not a path: " + e.getReason(), "give an absolute path");
        }
        var mend = text.isEmpty() ? "give an absolute path" : "write it from the root, /" + text;
        throw new BadValue(quoted(text) + " is not an absolute path", mend);
    }

    static Fields.Parse<Endpoint> endpoint(int defaultPort) {
        return text -> {
            try {
                return Endpoint.parse(text, defaultPort);
            } catch (IllegalArgumentException e) {
                throw new BadValue(String.valueOf(e.getMessage()), "write host or host:port");
            }
        };
    }

    static Endpoint endpointWithPort(String text) throws BadValue {
        var endpoint = endpoint(1).of(text);
        if (endpoint.port() == 1 && !endpoint(2).of(text).equals(endpoint)) {
            throw new BadValue(quoted(text) + " has no port", "write host:port");
        }
        return endpoint;
    }

    /// An address of a host, without a name server's help.
    static InetAddress address(String text) throws BadValue {
        try {
            return InetAddress.ofLiteral(text);
        } catch (IllegalArgumentException _) {
            var mend =
                    text.contains("/")
                            ? "write it without the length of a prefix"
                            : "write it in digits, such as 192.0.2.10 or 2001:db8::10";
            throw new BadValue(quoted(text) + " is not an address", mend);
        }
    }

    /// An address that a service can be reached at.
    static InetAddress serviceAddress(String text) throws BadValue {
        var address = address(text);
        if (address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || address.isMulticastAddress()
                || text.equals("255.255.255.255")) {
            throw new BadValue(
                    text + " can't be held by one node for others",
                    "give a free address of the interface's subnet");
        }
        return address;
    }

    static String networkInterface(String text) throws BadValue {
        if (!text.matches("[^\\s/:]{1,15}")) {
            throw new BadValue(
                    quoted(text) + " is not a network interface",
                    "write its name as `ip link` does, or auto");
        }
        return text;
    }

    static boolean bool(String text) throws BadValue {
        return switch (text) {
            case "true" -> true;
            case "false" -> false;
            default ->
                    throw new BadValue(
                            "must be true or false, not " + quoted(text), "write true or false");
        };
    }

    static Fields.Parse<Integer> integer(int min, int max) {
        return text -> {
            try {
                int value = Integer.parseInt(text);
                if (value >= min && value <= max) {
                    return value;
                }
            } catch (NumberFormatException e) {
                throw new BadValue(
                        quoted(text) + " is not a whole number", "give " + min + " to " + max);
            }
            throw new BadValue(text + " is out of range", "give " + min + " to " + max);
        };
    }

    static Fields.Parse<ByteCount> bytes(ByteCount min, ByteCount max) {
        return text -> {
            ByteCount value;
            try {
                value = ByteCount.parse(text);
            } catch (IllegalArgumentException e) {
                throw new BadValue(
                        String.valueOf(e.getMessage()), "write a number with Ki, Mi, Gi or Ti");
            }
            if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
                var range =
                        max.bytes() == Long.MAX_VALUE
                                ? "give at least " + min
                                : "give " + min + " to " + max;
                throw new BadValue(text + " is out of range", range);
            }
            return value;
        };
    }

    static Fields.Parse<Duration> duration(Duration min, Duration max) {
        return text -> {
            Duration value;
            try {
                value = DurationText.parse(text);
            } catch (IllegalArgumentException e) {
                throw new BadValue(
                        String.valueOf(e.getMessage()), "write a number with ms, s, m or h");
            }
            if (value.compareTo(min) < 0 || value.compareTo(max) > 0) {
                throw new BadValue(
                        text + " is out of range",
                        "give " + DurationText.text(min) + " to " + DurationText.text(max));
            }
            return value;
        };
    }

    static <E extends Enum<E>> Fields.Parse<E> choice(Class<E> type) {
        return text ->
                Choice.of(type, text)
                        .orElseThrow(() ->
                                new BadValue(
                                        quoted(text) + " is not known here",
                                        "write " + Choice.all(type)));
    }

    static String quoted(String text) {
        return "\"" + Sentence.shortened(text) + "\"";
    }
}
