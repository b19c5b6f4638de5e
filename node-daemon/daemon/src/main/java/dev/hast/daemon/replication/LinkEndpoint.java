package dev.hast.daemon.replication;

import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.SocketChannel;

/// This node's end of its links.
///
/// @param loops the event loop of the resources
public record LinkEndpoint(
        String node,
        EventLoopGroup loops,
        Class<? extends ServerChannel> serverChannel,
        Class<? extends SocketChannel> channel,
        LinkBuffers buffers,
        LinkMetrics metrics) {}
