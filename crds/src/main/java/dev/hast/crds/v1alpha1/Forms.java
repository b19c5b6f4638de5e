package dev.hast.crds.v1alpha1;

/// How values are written, as expressions of the rules that the API server checks. They say the
/// same as the daemon's reader of documents; a test holds the two together.
final class Forms {

    /// A CEL expression: this text is a number of bytes.
    static final String BYTES =
            "self.matches('^[0-9]{1,19}([.][0-9]{1,9})?([kMGTPE]|[KMGTPE]i)?$') && isQuantity(self)";

    static final String BYTES_MESSAGE = "write a number of bytes, such as 10Gi, 512Mi or 4096";

    /// The text of a duration.
    static final String DURATION = "^([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,9}s)?([0-9]{1,9}ms)?$";

    /// A CEL expression: this text is a duration.
    static final String IS_DURATION = "self != '' && self.matches('" + DURATION + "')";

    /// A CEL expression: this text is the name of a node, a resource or a pool.
    static final String NAME =
            "self.matches('^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$') && !self.contains('..')";

    static final String NAME_MESSAGE =
            "use at most 63 lower-case letters, digits, - and ., with a letter or digit first and last";

    /// A CEL expression: the object's own name is one that a daemon takes.
    static final String OBJECT_NAME =
            "self.metadata.name.size() <= 63 && !self.metadata.name.contains('..')";

    static final String OBJECT_NAME_MESSAGE = "metadata.name: use at most 63 characters, no ..";

    static final String PATH = "self.startsWith('/')";
    static final String PATH_MESSAGE = "write the path from the root: /...";

    /// A CEL expression: this text is `host`, `host:port` or `[IPv6]:port`.
    static final String ENDPOINT =
            "self.matches('^([[][0-9A-Fa-f:.%a-z]+[]]|[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)(:[0-9]{1,5})?$')";

    static final String ENDPOINT_MESSAGE = "write host, host:port or [IPv6]:port";

    static final int NAME_MAX = 63;
    static final int PATH_MAX = 4096;
    static final int HOST_MAX = 280;
    static final int QUANTITY_MAX = 32;
    static final int DURATION_MAX = 32;

    private Forms() {}
}
