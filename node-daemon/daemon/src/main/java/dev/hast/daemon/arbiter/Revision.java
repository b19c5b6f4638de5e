package dev.hast.daemon.arbiter;

/// The version of a register's content, as its store counts it. Every change gives a higher one; a
/// deleted and re-created register never repeats one. It says nothing of epochs: a store may raise
/// it without a change of configuration.
public record Revision(long value) implements Comparable<Revision> {

    /// The register holds nothing.
    public static final Revision ABSENT = new Revision(0);

    public Revision {
        if (value < 0) {
            throw new IllegalArgumentException("a revision is not negative: " + value);
        }
    }

    @Override
    public int compareTo(Revision other) {
        return Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return value == 0 ? "absent" : Long.toString(value);
    }
}
