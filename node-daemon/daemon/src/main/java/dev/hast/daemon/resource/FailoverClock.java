package dev.hast.daemon.resource;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.replication.Report;
import dev.hast.core.replication.Role;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
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
    private final ToLongFunction<String> heardAt;
    private String from = "";
    private String reason = "";
    private String proposed = "";
    private boolean planned;
    private boolean served;
    private boolean done;
    private long silence;
    private long mark;
    private final List<Step> steps = new ArrayList<>();
    private @Nullable Failover last;

    /// @param heardAt when a node was heard last, by `System.nanoTime()`; 0 for never
    FailoverClock(String node, ToLongFunction<String> heardAt) {
        this.node = node;
        this.heardAt = heardAt;
    }

    /// A person asked for it.
    void planned() {
        planned = true;
    }

    void reported(Report report) {
        final long now = System.nanoTime();
        switch (report) {
            case Report.Adopted adopted -> adopted(adopted.configuration());
            case Report.Proposed asked -> {
                proposed = asked.cause();
                mark = now;
                final long heard = from.isEmpty() ? 0 : heardAt.applyAsLong(from);
                silence = heard == 0 ? 0 : now - heard;
            }
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

    /// Whoever is primary before this node is whom it takes over from.
    private void adopted(Configuration configuration) {
        configuration
                .member(configuration.primary())
                .filter(member -> !member.node().equals(node))
                .ifPresent(member -> {
                    from = member.node();
                    proposed = "";
                });
    }

    /// @param cause that of this node's own proposal, unless another node proposed the change
    private void begin(long now, String cause) {
        steps.clear();
        done = false;
        served = false;
        final boolean own = cause.equals(proposed);
        reason = own || from.isEmpty() ? cause : "handed over by " + from;
        if (own) {
            if (!planned && silence != 0) {
                steps.add(new Step("silence", silence));
            }
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
            last = new Failover(from, node, reason, Instant.now(), steps);
        }
    }

    Optional<Failover> last() {
        return Optional.ofNullable(last);
    }
}
