package dev.hast.daemon.resource;

import dev.hast.daemon.arbiter.Arbiter;
import dev.hast.daemon.attachment.Attachment;
import dev.hast.daemon.document.NodeDocument;
import dev.hast.daemon.replication.LinkEndpoint;
import dev.hast.daemon.storage.BlockBuffers;
import io.netty.channel.EventLoop;
import java.util.Optional;
import java.util.concurrent.Executor;

/// What the resources of a node share.
///
/// @param attachment absent where this machine can make no block devices: resources are exported
///   all the same
/// @param blocking runs what may block, one thread a task
public record ResourceNode(
        NodeDocument document,
        EventLoop loop,
        Ticker ticker,
        BlockBuffers blocks,
        Executor workers,
        Executor blocking,
        Arbiter arbiter,
        Optional<Attachment> attachment,
        LinkEndpoint endpoint,
        ResourceEvents events) {

    public String name() {
        return document.name();
    }
}
