package dev.hast.daemon.replication;

import dev.hast.daemon.pki.LiveTls;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.SocketChannel;
import java.util.Optional;

/// This node's end of its links.
///
/// @param loops the event loop of the resources
/// @param tls absent where links are in the clear
public record LinkEndpoint(
        String node,
        EventLoopGroup loops,
        Class<? extends ServerChannel> serverChannel,
        Class<? extends SocketChannel> channel,
        LinkBuffers buffers,
        LinkMetrics metrics,
        Optional<LiveTls> tls) {}
