package dev.hast.daemon.control;

import dev.hast.daemon.control.ControlException.Reason;
import dev.hast.daemon.document.Endpoint;
import dev.hast.daemon.document.Names;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;

/// Checks of requests that need no state.
final class Requests {

    private Requests() {}

    static String resource(String name) throws ControlException {
        return name(name, "resource");
    }

    static String node(String name) throws ControlException {
        return name(name, "node");
    }

    static void virtualIps(List<String> names) throws ControlException {
        for (var name : names) {
            name(name, "VirtualIP");
        }
    }

    static void resources(List<String> names) throws ControlException {
        for (var name : names) {
            resource(name);
        }
    }

    private static String name(String name, String what) throws ControlException {
        if (name.isEmpty()) {
            throw new ControlException(Reason.INVALID, "no " + what + " is named; name one");
        }
        if (!Names.isValid(name)) {
            throw new ControlException(
                    Reason.INVALID,
                    quoted(name)
                            + " is not the name of a "
                            + what
                            + "; names are lower-case letters, digits, - and ., "
                            + Names.LENGTH_MAX
                            + " at most");
        }
        return name;
    }

    static void address(String text) throws ControlException {
        try {
            Endpoint.parse(text, Endpoint.REPLICATION_PORT);
        } catch (IllegalArgumentException e) {
            throw new ControlException(Reason.INVALID, String.valueOf(e.getMessage()), e);
        }
    }

    static void absolutePath(String text) throws ControlException {
        try {
            if (Path.of(text).isAbsolute()) {
                return;
            }
        } catch (InvalidPathException e) {
            throw new ControlException(
                    Reason.INVALID, quoted(text) + " is not a path: " + e.getReason(), e);
        }
        throw new ControlException(
                Reason.INVALID, quoted(text) + " is not an absolute path; write it from the root");
    }

    private static String quoted(String text) {
        var clean = text.replaceAll("\\p{Cntrl}", "?");
        return "\"" + (clean.length() <= 80 ? clean : clean.substring(0, 77) + "...") + "\"";
    }
}
