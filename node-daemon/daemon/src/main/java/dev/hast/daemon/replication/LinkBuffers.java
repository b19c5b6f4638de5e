package dev.hast.daemon.replication;

import dev.hast.daemon.storage.BlockBuffers;

/// Where links take memory from.
///
/// @param blocks aligned buffers for blocks that go to a provider
public record LinkBuffers(BlockBuffers blocks) {}
