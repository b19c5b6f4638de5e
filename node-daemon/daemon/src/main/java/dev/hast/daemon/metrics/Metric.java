package dev.hast.daemon.metrics;

import java.util.List;
import java.util.Locale;

/// Every metric of the daemon: its name, its type and what it says. `docs/reference/metrics.md`
/// lists the same; a test compares both with a real scrape.
public enum Metric {
    RESOURCES("hast_resources", Type.GAUGE, "Resources with a replica on this node"),
    RESOURCES_SILENT(
            "hast_resources_silent",
            Type.GAUGE,
            "Resources whose event loop did not answer this scrape"),
    PRIMARY("hast_primary", Type.GAUGE, "1 on the primary", "resource"),
    SERVING("hast_serving", Type.GAUGE, "1 while it serves reads and writes", "resource"),
    SUSPENDED("hast_suspended", Type.GAUGE, "1 while I/O waits", "resource"),
    IN_SYNC(
            "hast_in_sync",
            Type.GAUGE,
            "1 while this node's replica is in the in-sync set",
            "resource"),
    PROVIDER_FAILED(
            "hast_provider_failed", Type.GAUGE, "1 after this node's provider failed", "resource"),
    NEEDS_PERSON("hast_needs_person", Type.GAUGE, "1 while only a person can go on", "resource"),
    EPOCH(
            "hast_epoch",
            Type.GAUGE,
            "Epoch of the configuration that this replica knows",
            "resource"),
    IN_SYNC_REPLICAS(
            "hast_in_sync_replicas", Type.GAUGE, "Replicas in the in-sync set", "resource"),
    MEMBERS("hast_members", Type.GAUGE, "Replicas in the configuration", "resource"),
    SIZE("hast_volume_bytes", Type.GAUGE, "Size of the volume", "resource"),
    OPERATIONS(
            "hast_operations_in_flight",
            Type.GAUGE,
            "Operations under way at the replica",
            "resource"),
    WAITING(
            "hast_operations_waiting",
            Type.GAUGE,
            "Operations that wait for their range or room",
            "resource"),
    UNCONFIRMED(
            "hast_writes_unconfirmed",
            Type.GAUGE,
            "Writes above the all-confirmed watermark",
            "resource"),
    ACTIVE_EXTENTS(
            "hast_activity_log_extents", Type.GAUGE, "Extents in the activity log", "resource"),
    LOG_UPDATES(
            "hast_activity_log_updates_total",
            Type.COUNTER,
            "Writes of the activity log to disk",
            "resource"),
    PEER_CONNECTED(
            "hast_peer_connected",
            Type.GAUGE,
            "1 while the link to the peer stands",
            "resource",
            "peer"),
    PEER_IN_SYNC(
            "hast_peer_in_sync",
            Type.GAUGE,
            "1 while the peer is in the in-sync set",
            "resource",
            "peer"),
    PEER_SYNCING(
            "hast_peer_syncing",
            Type.GAUGE,
            "1 while the peer is being brought back",
            "resource",
            "peer"),
    PEER_DIRTY(
            "hast_peer_dirty_bytes",
            Type.GAUGE,
            "Bytes that the peer is known to lack",
            "resource",
            "peer"),
    PEER_GRANT(
            "hast_peer_grant_seconds",
            Type.GAUGE,
            "What is left of the peer's grant",
            "resource",
            "peer"),
    PEER_QUEUED(
            "hast_peer_queued_bytes",
            Type.GAUGE,
            "Bytes for the peer that wait for the network",
            "resource",
            "peer"),
    GRANT_SLACK(
            "hast_grant_slack_seconds",
            Type.GAUGE,
            "The shortest of the grants that the primary needs; it stops serving at 0",
            "resource"),
    RESYNC_CHECKED(
            "hast_peer_resync_checked_bytes",
            Type.GAUGE,
            "Bytes compared in the running resync",
            "resource",
            "peer"),
    RESYNC_COPIED(
            "hast_peer_resync_copied_bytes",
            Type.GAUGE,
            "Bytes copied in the running resync",
            "resource",
            "peer"),
    RESYNC_TOTAL(
            "hast_peer_resync_total_bytes",
            Type.GAUGE,
            "Bytes to compare in the running resync",
            "resource",
            "peer"),
    RESYNC_RATE(
            "hast_peer_resync_bytes_per_second",
            Type.GAUGE,
            "Rate of the running resync since the scrape before",
            "resource",
            "peer"),
    REQUESTS("hast_requests_total", Type.COUNTER, "Requests of clients", "resource", "kind"),
    REQUEST_BYTES(
            "hast_request_bytes_total",
            Type.COUNTER,
            "Bytes that clients read and wrote",
            "resource",
            "kind"),
    REQUEST_ERRORS(
            "hast_request_errors_total",
            Type.COUNTER,
            "Requests answered with an error",
            "resource"),
    REQUEST_SECONDS(
            "hast_request_seconds",
            Type.HISTOGRAM,
            "From a client's request to its answer, at the export",
            "resource",
            "kind"),
    PROVIDER_SECONDS(
            "hast_provider_seconds",
            Type.HISTOGRAM,
            "Time of the provider for one operation",
            "resource",
            "kind"),
    CONFIRM_SECONDS(
            "hast_confirm_seconds",
            Type.HISTOGRAM,
            "From sending a write to a peer to its confirmation",
            "resource",
            "peer"),
    PROVIDER_ERRORS(
            "hast_provider_errors_total",
            Type.COUNTER,
            "Operations the provider failed",
            "resource",
            "kind"),
    PROVIDER_PENDING(
            "hast_provider_pending", Type.GAUGE, "Operations the provider owes", "resource"),
    SENT("hast_sent_bytes_total", Type.COUNTER, "Bytes of blocks sent to peers", "resource"),
    RECEIVED(
            "hast_received_bytes_total",
            Type.COUNTER,
            "Bytes of blocks received from peers",
            "resource"),
    CONNECTIONS(
            "hast_export_connections", Type.GAUGE, "Open connections to the export", "resource"),
    CONNECTION_ENDS(
            "hast_export_connections_ended_total",
            Type.COUNTER,
            "Connections to the export that ended, by reason",
            "resource",
            "reason"),
    ROOM_WAITS(
            "hast_export_waits_total",
            Type.COUNTER,
            "Requests that waited because a limit of the export was reached",
            "resource"),
    TRANSITIONS(
            "hast_transitions_total",
            Type.COUNTER,
            "Changes of state, by kind of event",
            "resource",
            "kind"),
    FAILOVER(
            "hast_last_failover_step_seconds",
            Type.GAUGE,
            "How long each step of the last move of the primary to this node took",
            "resource",
            "step"),
    ARBITER_SECONDS(
            "hast_arbiter_seconds", Type.HISTOGRAM, "Time of the arbiter for one call", "call"),
    ARBITER_ANSWERS(
            "hast_arbiter_answers_total",
            Type.COUNTER,
            "Answers of the arbiter, by kind",
            "answer"),
    ARBITER_REACHABLE("hast_arbiter_reachable", Type.GAUGE, "1 if the arbiter's last answer came"),
    LINK_REFUSALS(
            "hast_link_refusals_total",
            Type.COUNTER,
            "Connections of the replication port that were refused or broken, by reason",
            "reason"),
    CONTROL_REFUSALS(
            "hast_control_refusals_total",
            Type.COUNTER,
            "Connections and requests of the control API that were refused, by reason",
            "reason"),
    MONITORING_REFUSALS(
            "hast_monitoring_refusals_total",
            Type.COUNTER,
            "Connections of the metrics port that were refused, by reason",
            "reason"),
    ADDRESS_STATE(
            "hast_address_state",
            Type.GAUGE,
            "1 for the state of this node in the address group",
            "address",
            "state"),
    ADDRESS_HELD(
            "hast_address_held",
            Type.GAUGE,
            "1 while this node answers for the addresses",
            "address"),
    ADDRESS_TRANSITIONS(
            "hast_address_transitions_total",
            Type.COUNTER,
            "Changes of state of the address group on this node",
            "address",
            "from",
            "to",
            "reason"),
    ADVERTS_SENT("hast_adverts_sent_total", Type.COUNTER, "Adverts sent", "address"),
    ADDRESS_TICKLES(
            "hast_address_tickles_total",
            Type.COUNTER,
            "Packets that make clients of an earlier holder connect again",
            "address"),
    ADVERTS_RECEIVED(
            "hast_adverts_received_total", Type.COUNTER, "Adverts taken from others", "address"),
    ADVERTS_REFUSED(
            "hast_adverts_refused_total",
            Type.COUNTER,
            "Adverts refused, by cause",
            "address",
            "cause"),
    ADDRESS_DEMOTION(
            "hast_address_demotion",
            Type.GAUGE,
            "What each source adds to this node's advskew",
            "address",
            "source"),
    ADDRESS_STEPS(
            "hast_address_last_promotion_step_seconds",
            Type.GAUGE,
            "How long each step of the last take-over by this node took",
            "address",
            "step"),
    ADDRESS_CLAIMS(
            "hast_address_duplicate_claims_total",
            Type.COUNTER,
            "Claims of a held address by somebody else",
            "address"),
    ADDRESSES_GUARDED(
            "hast_addresses_guarded",
            Type.GAUGE,
            "1 with the guard of nftables, 0 with the lifetime of addresses alone"),
    BUFFERS("hast_buffer_bytes", Type.GAUGE, "Memory of block buffers", "state"),
    CERTIFICATE(
            "hast_certificate_expiry_timestamp_seconds",
            Type.GAUGE,
            "When this node's certificate ends"),
    INFO(
            "hast_info",
            Type.GAUGE,
            "Always 1; its labels say what runs",
            "node",
            "version",
            "io",
            "arbiter"),
    RESIDENT("process_resident_memory_bytes", Type.GAUGE, "Resident memory"),
    CPU("process_cpu_seconds_total", Type.COUNTER, "Processor time"),
    OPEN_FILES("process_open_fds", Type.GAUGE, "Open file descriptors"),
    MAX_FILES("process_max_fds", Type.GAUGE, "The most file descriptors that may be open"),
    STARTED("process_start_time_seconds", Type.GAUGE, "When the daemon was started"),
    HEAP("jvm_heap_used_bytes", Type.GAUGE, "Used part of the Java heap"),
    COLLECTIONS("jvm_gc_seconds_total", Type.COUNTER, "Time of the garbage collectors");

    /// As Prometheus understands it.
    public enum Type {
        GAUGE,
        COUNTER,
        HISTOGRAM;

        /// The word in the text format.
        public String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    private final String text;
    private final Type type;
    private final String help;
    private final List<String> labels;

    Metric(String text, Type type, String help, String... labels) {
        this.text = text;
        this.type = type;
        this.help = help;
        this.labels = List.of(labels);
    }

    /// Its name.
    public String text() {
        return text;
    }

    /// The names of its labels, in the order in which they are written.
    public List<String> labels() {
        return labels;
    }

    /// What it is measured in, by its name: `bytes`, `seconds`, `bytes/s`, or empty for a number.
    public String unit() {
        if (text.endsWith("_bytes_per_second")) {
            return "bytes/s";
        }
        final String base = text.endsWith("_total") ? text.substring(0, text.length() - 6) : text;
        return base.endsWith("_bytes") ? "bytes" : base.endsWith("_seconds") ? "seconds" : "";
    }

    public Type type() {
        return type;
    }

    public String help() {
        return help;
    }
}
