package dev.hast.daemon.document;

/// A value that its field can't take. Thrown by the parser of one value and caught by the reader of
/// its field, which knows the place.
final class BadValue extends Exception {

    private static final long serialVersionUID = 1L;

    private final String problem;
    private final String mend;

    BadValue(String problem, String mend) {
        super(problem + "; " + mend, null, false, false);
        this.problem = problem;
        this.mend = mend;
    }

    String problem() {
        return problem;
    }

    String mend() {
        return mend;
    }
}
