package dev.hast.daemon.resource;

import dev.hast.core.configuration.Configuration;
import dev.hast.core.replication.ReplicaStatus;
import dev.hast.daemon.document.ResourceDocument;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Everything that is to be known of it at one moment.
///
/// @param queuedBytes what waits for the network, by peer
public record ResourceView(
        ResourceDocument document,
        String problem,
        boolean off,
        Optional<ReplicaStatus> replica,
        Optional<Configuration> configuration,
        DeviceControl.@Nullable State device,
        @Nullable Statistics statistics,
        @Nullable StageTimes times,
        Map<String, String> linkErrors,
        Map<String, Long> queuedBytes,
        Optional<FailoverClock.Failover> lastFailover,
        long dataOffset) {}
