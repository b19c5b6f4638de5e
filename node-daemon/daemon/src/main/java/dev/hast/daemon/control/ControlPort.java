package dev.hast.daemon.control;

import dev.hast.daemon.control.ControlMetrics.Refusal;
import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.ServerTransportFilter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ServerChannel;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at each connection to the control API before gRPC does: what isn't the protocol, or
/// doesn't begin in time, is closed and counted, the first of its kind is logged, and the oldest of
/// too many makes room. gRPC itself would wait for ever for the first byte on a unix socket, and
/// says nothing.
///
/// On the control API's event loop, which is one thread.
final class ControlPort {

    private static final Logger LOG = LoggerFactory.getLogger(ControlPort.class);
    private static final byte[] PREFACE =
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TLS_HANDSHAKE = {22, 3};
    private static final int NOT_BEGUN_MAX = 64;

    private final ControlMetrics metrics;
    private final Duration limit;
    private final Set<Refusal> logged = EnumSet.noneOf(Refusal.class);
    private final Set<Guard> notBegun = new LinkedHashSet<>();
    private final Map<SocketAddress, Guard> inHandshake = new ConcurrentHashMap<>();

    /// @param limit until a connection must have begun
    ControlPort(ControlMetrics metrics, Duration limit) {
        this.metrics = metrics;
        this.limit = limit;
    }

    /// Channels of the unix socket: HTTP/2 from the first byte.
    <C extends ServerChannel> ChannelFactory<C> plain(Supplier<C> channels) {
        return () -> guarded(channels.get(), false);
    }

    /// Channels of the TCP port: TLS from the first byte.
    <C extends ServerChannel> ChannelFactory<C> tls(Supplier<C> channels) {
        return () -> guarded(channels.get(), true);
    }

    /// Says which connections have come through their handshake.
    ServerTransportFilter handshakes() {
        return new ServerTransportFilter() {
            @Override
            public Attributes transportReady(Attributes attributes) {
                final SocketAddress from = attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
                final Guard guard = from == null ? null : inHandshake.remove(from);
                if (guard != null) {
                    guard.through = true;
                }
                return attributes;
            }
        };
    }

    private <C extends ServerChannel> C guarded(C server, boolean tls) {
        server.pipeline()
                .addLast(
                        new ChannelInboundHandlerAdapter() {
                            @Override
                            public void channelRead(ChannelHandlerContext context, Object child) {
                                if (child instanceof Channel accepted) {
                                    accepted.pipeline().addLast(new Guard(tls));
                                }
                                context.fireChannelRead(child);
                            }
                        });
        return server;
    }

    private void refused(Refusal refusal, @Nullable SocketAddress from) {
        metrics.refused(refusal);
        if (logged.add(refusal)) {
            LOG.atWarn()
                    .addKeyValue("from", String.valueOf(from))
                    .addKeyValue("refusal", refusal.text())
                    .log(
                            "A connection to the control API was closed; the next ones are only counted");
        }
    }

    private final class Guard extends ChannelInboundHandlerAdapter {
        private final boolean tls;
        private final byte[] expected;
        private int seen;
        private boolean begun;
        private boolean ended;
        private volatile boolean through;
        private @Nullable ChannelHandlerContext own;
        private @Nullable SocketAddress from;
        private @Nullable Future<?> timeLimit;

        Guard(boolean tls) {
            this.tls = tls;
            this.expected = tls ? TLS_HANDSHAKE : PREFACE;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            own = context;
            from = context.channel().remoteAddress();
            if (tls && from != null) {
                inHandshake.put(from, this);
            }
            if (notBegun.size() >= NOT_BEGUN_MAX) {
                notBegun.iterator().next().end(Refusal.TOO_MANY);
            }
            notBegun.add(this);
            timeLimit =
                    context.channel()
                            .eventLoop()
                            .schedule(
                                    () -> end(Refusal.SILENT),
                                    limit.toMillis(),
                                    TimeUnit.MILLISECONDS);
            context.fireChannelActive();
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (ended) {
                // What still lay in the socket: nobody is to see it.
                ReferenceCountUtil.release(message);
            } else if (!begun && message instanceof ByteBuf bytes && !isExpected(bytes)) {
                bytes.release();
                end(Refusal.GARBAGE);
            } else {
                context.fireChannelRead(message);
            }
        }

        private boolean isExpected(ByteBuf bytes) {
            final int more = Math.min(expected.length - seen, bytes.readableBytes());
            final boolean same =
                    java.util.Arrays.equals(
                            ByteBufUtil.getBytes(bytes, bytes.readerIndex(), more),
                            java.util.Arrays.copyOfRange(expected, seen, seen + more));
            seen += more;
            if (same && seen == expected.length) {
                begun = true;
                settled();
            }
            return same;
        }

        private void settled() {
            notBegun.remove(this);
            if (timeLimit != null) {
                timeLimit.cancel(false);
            }
        }

        private void end(Refusal refusal) {
            final ChannelHandlerContext context = own;
            if (!ended && !begun && context != null) {
                ended = true;
                settled();
                refused(refusal, from);
                // From here, past gRPC, which would first say goodbye and wait for the answer.
                context.close();
            }
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            settled();
            if (from != null) {
                inHandshake.remove(from, this);
            }
            if (tls && begun && !through && !ended) {
                ended = true;
                refused(Refusal.TLS, from);
            }
            context.fireChannelInactive();
        }
    }
}
