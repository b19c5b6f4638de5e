package dev.hast.daemon.control;

import dev.hast.daemon.control.ControlMetrics.Refusal;
import dev.hast.daemon.metrics.RefusalQuota;
import dev.hast.daemon.pki.LiveTls;
import dev.hast.daemon.pki.NodeTls;
import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerStreamTracer;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ServerChannel;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at each connection to the control API before gRPC does: what isn't the protocol, doesn't
/// begin in time or isn't trusted any more is closed and counted, the first of its kind is logged,
/// and the oldest of too many makes room. gRPC itself would wait for ever for the first byte on a
/// unix socket, and says nothing.
///
/// On the control API's event loop, which is one thread, but for [#refused].
final class ControlPort {

    private static final Logger LOG = LoggerFactory.getLogger(ControlPort.class);
    private static final byte[] PREFACE =
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] TLS_HANDSHAKE = {22, 3};
    private static final int NOT_BEGUN_MAX = 64;

    private final ControlMetrics metrics;
    private final Duration limit;
    private final RefusalQuota<Refusal> quota = new RefusalQuota<>();
    private final Set<Guard> notBegun = new LinkedHashSet<>();
    private final Map<SocketAddress, Guard> inHandshake = new ConcurrentHashMap<>();

    /// @param limit until a connection must have begun
    ControlPort(ControlMetrics metrics, Duration limit) {
        this.metrics = metrics;
        this.limit = limit;
    }

    /// Channels of the unix socket: HTTP/2 from the first byte.
    <C extends ServerChannel> ChannelFactory<C> plain(Supplier<C> channels) {
        return () -> guarded(channels.get(), Optional.empty());
    }

    /// Channels of the TCP port: TLS from the first byte.
    <C extends ServerChannel> ChannelFactory<C> tls(Supplier<C> channels, LiveTls tls) {
        return () -> guarded(channels.get(), Optional.of(tls));
    }

    /// Says which connections have come through their handshake.
    ServerTransportFilter handshakes() {
        return new ServerTransportFilter() {
            @Override
            public Attributes transportReady(Attributes attributes) {
                final SocketAddress from = attributes.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
                final Guard guard = from == null ? null : inHandshake.remove(from);
                if (guard != null) {
                    guard.through();
                }
                return attributes;
            }
        };
    }

    /// Says which requests ended because a message was too long.
    ServerStreamTracer.Factory messages() {
        return new ServerStreamTracer.Factory() {
            @Override
            public ServerStreamTracer newServerStreamTracer(String method, Metadata headers) {
                return new ServerStreamTracer() {
                    @Override
                    public void streamClosed(Status status) {
                        if (status.getCode() == Status.Code.RESOURCE_EXHAUSTED) {
                            refused(
                                    Refusal.OVERSIZED,
                                    null,
                                    method + ": " + status.getDescription());
                        }
                    }
                };
            }
        };
    }

    /// A goodbye of HTTP/2 with an error: the other end broke the protocol.
    private void broken(int error, @Nullable SocketAddress from) {
        final Refusal refusal =
                error == Http2Error.FRAME_SIZE_ERROR.code() ? Refusal.OVERSIZED : Refusal.GARBAGE;
        refused(refusal, from, cause(refusal));
    }

    private <C extends ServerChannel> C guarded(C server, Optional<LiveTls> tls) {
        server.pipeline()
                .addLast(
                        new ChannelInboundHandlerAdapter() {
                            @Override
                            public void channelRead(ChannelHandlerContext context, Object child) {
                                if (child instanceof Channel accepted) {
                                    tls.ifPresent(live -> live.watch(accepted));
                                    accepted.pipeline().addLast(new Guard(tls));
                                    if (tls.isEmpty()) {
                                        accepted.pipeline().addLast(new Goodbyes());
                                    }
                                }
                                context.fireChannelRead(child);
                            }
                        });
        return server;
    }

    /// Counts, and logs the first of each cause. On any thread.
    ///
    /// @param from the other end, null when it is not known any more
    void refused(Refusal refusal, @Nullable SocketAddress from, String cause) {
        metrics.refused(refusal);
        final long silenced = quota.admit(refusal, cause, System.nanoTime());
        if (silenced != RefusalQuota.SILENT) {
            LOG.atWarn()
                    .addKeyValue("from", String.valueOf(from))
                    .addKeyValue("refusal", refusal.text())
                    .addKeyValue("sinceLast", silenced)
                    .log("The control API refused a client: {}", cause);
        }
    }

    private static String cause(Refusal refusal) {
        return switch (refusal) {
            case GARBAGE ->
                    "what it sends is not the control API's protocol; hastctl and nodes speak it, by TLS over the network";
            case SILENT -> "it did not begin in time";
            case TLS ->
                    "it ended within the TLS handshake; it shows no certificate of our authority, or does not believe ours";
            case FORBIDDEN -> "its certificate does not allow it";
            case OVERSIZED -> "a message or frame is longer than may be";
            case TOO_MANY ->
                    "%d connections had not begun, this was the oldest".formatted(NOT_BEGUN_MAX);
        };
    }

    /// Sees what HTTP/2 sends, where it is not encrypted yet.
    private final class Goodbyes extends ChannelOutboundHandlerAdapter {
        private static final int ERROR_AT = 13;

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            if (message instanceof ByteBuf frame) {
                final int at = frame.readerIndex();
                // A frame of its own: length, type, flags, no stream, last stream, error.
                if (frame.readableBytes() >= ERROR_AT + Integer.BYTES
                        && frame.getUnsignedMedium(at) > 0
                        && frame.getByte(at + 3) == Http2FrameTypes.GO_AWAY
                        && frame.getInt(at + 5) == 0
                        && frame.getInt(at + ERROR_AT) != 0) {
                    broken(frame.getInt(at + ERROR_AT), context.channel().remoteAddress());
                }
            }
            context.write(message, promise);
        }
    }

    private final class Guard extends ChannelInboundHandlerAdapter {
        private final Optional<LiveTls> tls;
        private final byte[] expected;
        private int seen;
        private boolean begun;
        private boolean ended;
        private volatile boolean through;
        private @Nullable ChannelHandlerContext own;
        private @Nullable SocketAddress from;
        private @Nullable Future<?> timeLimit;

        Guard(Optional<LiveTls> tls) {
            this.tls = tls;
            this.expected = tls.isPresent() ? TLS_HANDSHAKE : PREFACE;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            own = context;
            from = context.channel().remoteAddress();
            if (tls.isPresent() && from != null) {
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

        void through() {
            through = true;
            final ChannelHandlerContext context = own;
            if (context != null) {
                final var secure = context.pipeline().context(SslHandler.class);
                context.pipeline().addAfter(secure.name(), null, new Goodbyes());
                // The certificates may have been read again within the handshake.
                tls.ifPresent(live -> live.judge(context.channel()));
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
                refused(refusal, from, cause(refusal));
                // From here, past gRPC, which would first say goodbye and wait for the answer.
                context.close();
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof LiveTls.Distrusted(String cause) && !ended) {
                ended = true;
                settled();
                refused(Refusal.TLS, from, cause);
                context.close();
            }
            context.fireUserEventTriggered(event);
        }

        private static String handshakeCause(ChannelHandlerContext context) {
            final SslHandler handler = context.pipeline().get(SslHandler.class);
            final Throwable failed = handler == null ? null : handler.handshakeFuture().cause();
            return failed == null ? cause(Refusal.TLS) : NodeTls.reason(failed);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            settled();
            if (from != null) {
                inHandshake.remove(from, this);
            }
            if (tls.isPresent() && begun && !through && !ended) {
                ended = true;
                refused(Refusal.TLS, from, handshakeCause(context));
            }
            context.fireChannelInactive();
        }
    }
}
