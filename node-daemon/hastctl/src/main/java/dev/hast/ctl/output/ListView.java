package dev.hast.ctl.output;

import dev.hast.control.v1.Failover;
import dev.hast.control.v1.LinkState;
import dev.hast.control.v1.ReplicaStatus;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.control.v1.Statistics;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;

/// The long form of `hastctl list`: HAST's keys in HAST's order, then what HAST doesn't have.
public final class ListView {

    private final StringBuilder out = new StringBuilder();
    private final ZoneId zone;
    private final Instant now;

    private ListView(Instant now, ZoneId zone) {
        this.now = now;
        this.zone = zone;
    }

    public static String text(ResourceStatus resource, Instant now, ZoneId zone) {
        var view = new ListView(now, zone);
        view.resource(resource);
        return view.out.toString();
    }

    private void resource(ResourceStatus resource) {
        out.append(resource.getName()).append(":\n");
        var settings = resource.getSettings();
        line("role", Words.of(resource.getRole()));
        line("provname", resource.getName());
        resource.getReplicasList().stream()
                .filter(r -> r.getLink() == LinkState.LINK_STATE_LOCAL)
                .forEach(r -> line("localpath", r.getProvider()));
        line("extentsize", Words.exactBytes(settings.getExtentBytes()));
        line("keepdirty", Integer.toString(settings.getActivityLogExtents()));
        for (var replica : resource.getReplicasList()) {
            if (replica.getLink() != LinkState.LINK_STATE_LOCAL) {
                line("remoteaddr", replica.getAddress());
                optional("sourceaddr", replica.getSource());
            }
        }
        line("replication", settings.getMode());
        line("status", StatusView.status(resource));
        long dirty =
                resource.getReplicasList().stream()
                        .mapToLong(ReplicaStatus::getDirtyBytes)
                        .max()
                        .orElse(0);
        line("dirty", Words.exactBytes(dirty));
        statistics(resource.getStatistics());
        configuration(resource);
        device(resource);
        line("preferred primary", settings.getPreferredPrimary());
        line("timeout", Words.duration(Duration.ofMillis(settings.getTimeoutMs())));
        line("grant", Words.duration(Duration.ofMillis(settings.getGrantMs())));
        line("checksum", settings.getChecksum());
        line("compression", settings.getCompression());
        line("on arbiter lost", settings.getOnArbiterLost());
        verify(resource);
        if (resource.hasLastFailover()) {
            failover(resource.getLastFailover());
        }
        out.append("  replicas:\n");
        resource.getReplicasList().forEach(this::replica);
        resource.getWarningsList().forEach(w -> line("warning", w));
    }

    private void configuration(ResourceStatus resource) {
        line("size", Words.exactBytes(resource.getSizeBytes()));
        optional("id", resource.getId());
        line("state", Words.of(resource.getState()) + reason(resource.getStateReason()));
        optional("suspended", resource.getSuspended() ? resource.getSuspendedReason() : "");
        optional("primary", resource.getPrimary());
        line("epoch", Long.toUnsignedString(resource.getEpoch()));
        line("reign", String.format("%016x", resource.getReign()));
        line("in sync", String.join(", ", resource.getInSyncList()));
        line("members", String.join(", ", resource.getMembersList()));
    }

    private void device(ResourceStatus resource) {
        optional("device", resource.getDevice());
        if (resource.hasAttachment()) {
            var attachment = resource.getAttachment();
            line(
                    "attachment",
                    attachment.getKind()
                            + " "
                            + attachment.getDevice()
                            + ", "
                            + attachment.getState()
                            + reason(attachment.getLastError()));
            optional("export", attachment.getExportSocket());
        }
    }

    private void statistics(Statistics s) {
        out.append("  statistics:\n");
        nested("reads", s.getReads());
        nested("writes", s.getWrites());
        nested("deletes", s.getDeletes());
        nested("flushes", s.getFlushes());
        nested("activity log updates", s.getActivityLogUpdates());
        out.append("    local errors: read: ").append(s.getLocalReadErrors());
        out.append(", write: ").append(s.getLocalWriteErrors());
        out.append(", delete: ").append(s.getLocalDeleteErrors());
        out.append(", flush: ").append(s.getLocalFlushErrors()).append('\n');
        out.append("    queues: local: ").append(s.getQueueLocal());
        out.append(", send: ").append(s.getQueueSend());
        out.append(", recv: ").append(s.getQueueReceive());
        out.append(", done: ").append(s.getQueueDone());
        out.append(", idle: ").append(s.getQueueIdle()).append('\n');
        out.append("    bytes: read: ").append(s.getReadBytes());
        out.append(", written: ").append(s.getWrittenBytes());
        out.append(", sent: ").append(s.getSentBytes());
        out.append(", received: ").append(s.getReceivedBytes()).append('\n');
    }

    private void verify(ResourceStatus resource) {
        if (!resource.hasVerify()) {
            return;
        }
        var verify = resource.getVerify();
        if (verify.getRunning()) {
            line(
                    "verify",
                    StatusView.progress(verify.getProgress())
                            + ", "
                            + Words.bytes(verify.getDifferingBytes())
                            + " differ");
        } else {
            line(
                    "verify",
                    verify.getResult()
                            + " "
                            + Words.time(verify.getEndedMs(), zone)
                            + ", "
                            + Words.bytes(verify.getDifferingBytes())
                            + " differed, "
                            + Words.bytes(verify.getRepairedBytes())
                            + " repaired");
        }
    }

    private void failover(Failover failover) {
        out.append("  last failover:\n");
        out.append("    at: ").append(Words.time(failover.getAtMs(), zone)).append('\n');
        out.append("    from: ").append(failover.getFrom()).append('\n');
        out.append("    to: ").append(failover.getTo()).append('\n');
        out.append("    reason: ").append(failover.getReason()).append('\n');
        out.append("    took: ").append(Words.micros(failover.getTotalUs()));
        var steps =
                failover.getStepsList().stream()
                        .map(s -> s.getName() + " " + Words.micros(s.getDurationUs()))
                        .toList();
        out.append(steps.isEmpty() ? "\n" : " (" + String.join(", ", steps) + ")\n");
    }

    private void replica(ReplicaStatus replica) {
        out.append("    ")
                .append(replica.getNode())
                .append(": ")
                .append(Words.of(replica.getRole()));
        out.append(", ").append(StatusView.data(replica));
        if (replica.getLink() != LinkState.LINK_STATE_LOCAL) {
            out.append(", ").append(Words.of(replica.getLink()));
            if (replica.getLinkSinceMs() > 0) {
                var since = Duration.between(Instant.ofEpochMilli(replica.getLinkSinceMs()), now);
                out.append(" for ").append(Words.duration(since));
            }
            if (replica.getRoundTripUs() > 0) {
                out.append(", round trip ").append(Words.micros(replica.getRoundTripUs()));
            }
        }
        out.append(", provider ").append(replica.getProvider());
        if (replica.hasGrantRemainingMs()) {
            out.append(", grant ").append(replica.getGrantRemainingMs()).append(" ms left");
        }
        if (replica.getDirtyBytes() > 0) {
            out.append(", dirty ").append(Words.bytes(replica.getDirtyBytes()));
        }
        if (replica.getLagBytes() > 0) {
            out.append(", lag ").append(Words.bytes(replica.getLagBytes()));
        }
        if (!replica.getLastError().isEmpty()) {
            out.append(", last error: ").append(replica.getLastError());
        }
        out.append('\n');
    }

    private static String reason(String reason) {
        return reason.isEmpty() ? "" : " (" + reason + ")";
    }

    private void line(String key, String value) {
        out.append("  ").append(key).append(": ").append(value).append('\n');
    }

    private void optional(String key, String value) {
        if (!value.isEmpty()) {
            line(key, value);
        }
    }

    private void nested(String key, long value) {
        out.append("    ")
                .append(key)
                .append(": ")
                .append(Long.toUnsignedString(value))
                .append('\n');
    }
}
