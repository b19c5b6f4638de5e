package dev.hast.daemon.resource;

import dev.hast.core.replication.Report;
import dev.hast.core.replication.Role;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Times what happens between a primary's end and its successor's first write, as this node sees
/// it. On the loop.
public final class FailoverClock {

    /// One move of the primary to this node.
    public record Failover(String from, String to, String reason, Instant at, List<Step> steps) {

        public Failover {
            steps = List.copyOf(steps);
        }
    }

    public record Step(String name, long nanos) {}

    private final String node;
    private String from = "";
    private String reason = "";
    private boolean planned;
    private boolean served;
    private boolean done;
    private long lostAt;
    private long mark;
    private final List<Step> steps = new ArrayList<>();
    private @Nullable Failover last;

    FailoverClock(String node) {
        this.node = node;
    }

    /// A person asked for it.
    void planned() {
        planned = true;
    }

    void reported(Report report) {
        final long now = System.nanoTime();
        switch (report) {
            case Report.Disconnected gone -> {
                from = gone.node();
                lostAt = now;
            }
            case Report.Proposed proposed -> mark = now;
            case Report.RoleChanged changed -> {
                if (changed.to() == Role.PRIMARY) {
                    begin(now, changed.cause());
                } else {
                    served = false;
                    planned = false;
                }
            }
            case Report.Serving serving -> step("reconcile", now);
            default -> {}
        }
    }

    private void begin(long now, String cause) {
        steps.clear();
        done = false;
        served = false;
        reason = cause;
        if (!planned && lostAt != 0 && mark > lostAt) {
            steps.add(new Step("grant ran out", mark - lostAt));
        }
        if (mark != 0) {
            steps.add(new Step("arbiter and epoch on disk", now - mark));
        }
        mark = now;
    }

    private void step(String name, long now) {
        steps.add(new Step(name, now - mark));
        mark = now;
    }

    void serving() {
        served = true;
    }

    /// Whether this node has served in its present reign: then the export stays while I/O waits.
    boolean hasServed() {
        return served;
    }

    void attached() {
        if (served && !done) {
            done = true;
            step("device", System.nanoTime());
            last = new Failover(planned ? "" : from, node, reason, Instant.now(), steps);
        }
    }

    Optional<Failover> last() {
        return Optional.ofNullable(last);
    }
}
