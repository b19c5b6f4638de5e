package dev.hast.simulator.kernel;

import java.io.PrintStream;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What happened, as a running hash (two runs of one seed must agree on it) and, when asked for, as
/// text.
public final class Trace {

    private final Timeline timeline;
    private final @Nullable PrintStream out;
    private long hash;

    public Trace(Timeline timeline, @Nullable PrintStream out) {
        this.timeline = timeline;
        this.out = out;
    }

    public long hash() {
        return hash;
    }

    /// Notes an event; `detail` is only asked for its text when the trace is printed.
    public void note(String who, String what, long number, Supplier<?> detail) {
        mix(timeline.now());
        mix(who.hashCode() * 31L + what.hashCode());
        mix(number);
        print(who, what, number, detail);
    }

    /// Text alone, which the hash leaves out.
    public void print(String who, String what, long number, Supplier<?> detail) {
        if (out != null) {
            final long now = timeline.now();
            out.printf(
                    "%4d.%06d %-8s %-12s %d %s%n",
                    now / Timeline.SECOND,
                    now % Timeline.SECOND / Timeline.MICROSECOND,
                    who,
                    what,
                    number,
                    detail.get());
        }
    }

    private void mix(long value) {
        hash = RandomSource.mix(hash * 31 + value);
    }
}
