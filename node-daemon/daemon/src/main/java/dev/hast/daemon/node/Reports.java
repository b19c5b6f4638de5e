package dev.hast.daemon.node;

import dev.hast.control.v1.Event;
import dev.hast.core.replication.Report;
import dev.hast.core.replication.Role;
import dev.hast.daemon.control.ChangeSignal;
import dev.hast.daemon.control.EventLog;
import dev.hast.daemon.resource.ResourceEvents;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Tells people what happens to resources: one line in the log, one event for watchers, and HAST's
/// hooks.
final class Reports implements ResourceEvents {

    private static final Logger LOG = LoggerFactory.getLogger("hast");

    private final String node;
    private final EventLog events;
    private final ChangeSignal changes;
    private final Hooks hooks;
    private final VerifyLog verifies;

    Reports(String node, EventLog events, ChangeSignal changes, Hooks hooks, VerifyLog verifies) {
        this.node = node;
        this.events = events;
        this.changes = changes;
        this.hooks = hooks;
        this.verifies = verifies;
    }

    /// What a report is in words.
    private record Line(
            Level level,
            String kind,
            String from,
            String to,
            String peer,
            long epoch,
            String cause) {

        static Line of(Level level, String kind, String cause) {
            return new Line(level, kind, "", "", "", 0, cause);
        }

        Line peer(String name) {
            return new Line(level, kind, from, to, name, epoch, cause);
        }

        Line epoch(long number) {
            return new Line(level, kind, from, to, peer, number, cause);
        }

        Line change(String before, String after) {
            return new Line(level, kind, before, after, peer, epoch, cause);
        }
    }

    @Override
    public void reported(String resource, Report report) {
        final Line line = line(report);
        var log = LOG.atLevel(line.level).addKeyValue("resource", resource);
        if (!line.peer.isEmpty()) {
            log = log.addKeyValue("peer", line.peer);
        }
        if (line.epoch != 0) {
            log = log.addKeyValue("epoch", line.epoch);
        }
        if (!line.to.isEmpty()) {
            log = log.addKeyValue("from", line.from).addKeyValue("to", line.to);
        }
        log.log("{}: {}", line.kind, line.cause);
        if (report instanceof Report.VerifyDone done) {
            verifies.compared(resource, done);
        }
        append(resource, line);
        hook(resource, report);
    }

    @Override
    public void device(String resource, String state, String cause) {
        final Line line =
                Line.of("failed".equals(state) ? Level.ERROR : Level.INFO, "attachment", cause)
                        .change("", state);
        LOG.atLevel(line.level)
                .addKeyValue("resource", resource)
                .log("device {}: {}", state, cause);
        append(resource, line);
    }

    private void append(String resource, Line line) {
        events.append(
                Event.newBuilder()
                        .setAtMs(System.currentTimeMillis())
                        .setNode(node)
                        .setResource(resource)
                        .setKind(line.kind)
                        .setFrom(line.from)
                        .setTo(line.to)
                        .setCause(line.cause)
                        .setPeer(line.peer)
                        .setEpoch(line.epoch)
                        .build());
        changes.changed();
    }

    private static Line line(Report report) {
        return switch (report) {
            case Report.RoleChanged r ->
                    Line.of(Level.INFO, "role", r.cause())
                            .change(text(r.from()), text(r.to()))
                            .epoch(r.epoch());
            case Report.Adopted r ->
                    Line.of(
                                    Level.INFO,
                                    "configuration",
                                    "%s; primary %s, in sync %s"
                                            .formatted(
                                                    r.cause(),
                                                    r.configuration()
                                                            .member(r.configuration().primary())
                                                            .map(m -> m.node())
                                                            .orElse("nobody"),
                                                    names(r)))
                            .epoch(r.configuration().epoch());
            case Report.Proposed r ->
                    Line.of(Level.INFO, "proposal", r.cause()).epoch(r.next().epoch());
            case Report.Connected r -> Line.of(Level.INFO, "connect", "connected").peer(r.node());
            case Report.Disconnected r ->
                    Line.of(Level.WARN, "disconnect", r.cause()).peer(r.node());
            case Report.SyncStarted r ->
                    Line.of(Level.INFO, "syncstart", "%d bytes to compare".formatted(r.bytes()))
                            .peer(r.node());
            case Report.SyncDone r ->
                    Line.of(
                                    Level.INFO,
                                    "syncdone",
                                    "%d bytes copied in %d ms"
                                            .formatted(r.copiedBytes(), r.nanos() / 1_000_000))
                            .peer(r.node());
            case Report.SyncInterrupted r ->
                    Line.of(Level.WARN, "syncintr", r.cause()).peer(r.node());
            case Report.SplitBrain r ->
                    Line.of(Level.ERROR, "split-brain", r.cause()).peer(r.node());
            case Report.Suspended r -> Line.of(Level.WARN, "state", "suspended: " + r.cause());
            case Report.Resumed r -> Line.of(Level.INFO, "state", "serving again");
            case Report.Serving r ->
                    Line.of(
                                    Level.INFO,
                                    "failover",
                                    "serving; %d bytes in flight reconciled in %d ms"
                                            .formatted(
                                                    r.settledBytes(), r.settleNanos() / 1_000_000))
                            .epoch(r.epoch());
            case Report.ProviderFailed r -> Line.of(Level.ERROR, "provider", r.cause());
            case Report.Refused r -> Line.of(Level.WARN, "refused", r.cause()).peer(r.node());
            case Report.Repaired r ->
                    Line.of(
                                    Level.WARN,
                                    "provider",
                                    "a block at %d could not be read and was written again"
                                            .formatted(r.offset()))
                            .peer(r.node());
            case Report.VerifyMismatch r ->
                    Line.of(
                                    Level.ERROR,
                                    "verify",
                                    "%d bytes at %d differ%s"
                                            .formatted(
                                                    r.length(),
                                                    r.offset(),
                                                    r.repaired() ? ", repaired" : ""))
                            .peer(r.node());
            case Report.VerifyDone r ->
                    Line.of(
                                    Level.INFO,
                                    "verify",
                                    "%d bytes compared, %d differed"
                                            .formatted(r.comparedBytes(), r.mismatchedBytes()))
                            .peer(r.node());
            case Report.PromotedWithoutMemory r ->
                    Line.of(
                                    Level.ERROR,
                                    "failover",
                                    "promoted although it lost its memory: writes that were not flushed may be gone")
                            .epoch(r.epoch());
        };
    }

    private static String names(Report.Adopted report) {
        return report.configuration().members().stream()
                .filter(m -> report.configuration().inSync().contains(m.slot()))
                .map(m -> m.node())
                .toList()
                .toString();
    }

    private static String text(Role role) {
        return role.name().toLowerCase(Locale.ROOT);
    }

    /// HAST's seven events, with HAST's arguments.
    private void hook(String resource, Report report) {
        switch (report) {
            case Report.RoleChanged r -> hooks.run("role", resource, text(r.from()), text(r.to()));
            case Report.Connected r -> hooks.run("connect", resource);
            case Report.Disconnected r -> hooks.run("disconnect", resource);
            case Report.SyncStarted r -> hooks.run("syncstart", resource);
            case Report.SyncDone r -> hooks.run("syncdone", resource);
            case Report.SyncInterrupted r -> hooks.run("syncintr", resource);
            case Report.SplitBrain r -> hooks.run("split-brain", resource);
            default -> {}
        }
    }
}
