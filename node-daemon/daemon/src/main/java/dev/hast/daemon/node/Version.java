package dev.hast.daemon.node;

import java.util.Objects;

/// The version of this daemon, from its jar.
final class Version {

    static final String TEXT =
            Objects.requireNonNullElse(
                    Version.class.getPackage().getImplementationVersion(), "development");

    private Version() {}
}
