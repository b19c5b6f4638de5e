package dev.hast.daemon.resource;

import dev.hast.core.replication.Report;

/// Hears what happens to resources. Called on the loop; must not block.
public interface ResourceEvents {

    void reported(String resource, Report report);

    /// Something about the device: attached, detached, failed.
    void device(String resource, String state, String cause);
}
