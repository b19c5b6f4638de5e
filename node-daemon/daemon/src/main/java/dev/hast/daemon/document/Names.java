package dev.hast.daemon.document;

import java.util.regex.Pattern;

/// What a resource or a node may be called: lower-case letters, digits, `-` and `.`, starting and
/// ending with a letter or digit, 63 characters at most. The same names are valid as Kubernetes
/// objects, as host names and as device files.
public final class Names {

    public static final int LENGTH_MAX = 63;

    private static final Pattern FORM = Pattern.compile("[a-z0-9]([-.a-z0-9]*[a-z0-9])?");

    private Names() {}

    public static boolean isValid(String name) {
        return name.length() <= LENGTH_MAX && FORM.matcher(name).matches() && !name.contains("..");
    }
}
