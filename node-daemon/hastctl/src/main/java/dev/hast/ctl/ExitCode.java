package dev.hast.ctl;

/// How hastctl ends. Part of its interface: scripts depend on it.
final class ExitCode {

    static final int OK = 0;

    /// Something failed that has no code of its own.
    static final int ERROR = 1;

    /// The command line or a document is wrong.
    static final int USAGE = 2;

    /// No such resource, node or file.
    static final int NOT_FOUND = 3;

    /// Refused in the present state, or not allowed.
    static final int REFUSED = 4;

    /// The daemon, the arbiter or a peer can't be reached, or is busy: asking again is safe.
    static final int UNAVAILABLE = 5;

    /// Not finished in time; it may still be carried out.
    static final int TIMED_OUT = 6;

    /// The question was not answered with yes; nothing was changed.
    static final int NOT_CONFIRMED = 7;

    /// It looked, and found something that is not as it should be.
    static final int UNHEALTHY = 8;

    private ExitCode() {}
}
