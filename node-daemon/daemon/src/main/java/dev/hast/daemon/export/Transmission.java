package dev.hast.daemon.export;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/// The transmission phase of one connection: requests in, replies out, in any order.
///
/// ```
/// socket -> backlog -> header -> (validate, admit) -> Volume -> completed -> Replies -> socket -> sent
///                        |            |
///                        |            no room, or client does not read: stop reading the socket
///                        write: payload, straight from the socket
/// ```
///
/// - At most one header waits for room; behind it at most what one read of the socket brought.
/// - A payload that was admitted goes on being read even while the client does not take replies:
///   its memory is counted already, and a client that sends before it receives would wait for ever.
/// - Flushes are one per read of the socket, or one per turn of the loop.
final class Transmission extends ChannelInboundHandlerAdapter implements Connection.Phase {
    private static final long PAYLOAD_BYTES_PER_SECOND = 256 << 10;

    private final Export export;
    private final Connection connection;
    private final Negotiated negotiated;
    private final RequestTable table;
    private final Replies replies;
    private final ReadReply readReply;
    private final StatusAnswer statusAnswer;
    private final VolumeCalls calls;
    private final Channel channel;

    private final Intake intake = new Intake();
    private final RequestHeader header = intake.header();
    private long fillingSinceNanos;

    private int inFlight;
    private long bytesInFlight;

    private boolean processing;
    private boolean blocked;
    // No more requests are taken; once the last one is answered the connection closes for the given
    // reason.
    private @Nullable ConnectionEnd stopping;
    private boolean closing;
    private boolean gone;

    Transmission(Export export, Connection connection, Negotiated negotiated, Channel channel) {
        this.export = export;
        this.connection = connection;
        this.negotiated = negotiated;
        this.table = export.requests();
        this.channel = channel;
        this.replies = new Replies(channel, this::closeIfDone);
        this.readReply = new ReadReply(this, replies, export.zeroScan());
        this.statusAnswer = new StatusAnswer(negotiated, replies, channel.alloc());
        this.calls = new VolumeCalls(export.volume(), table);
    }

    /// What the client has negotiated.
    record Negotiated(boolean structured, boolean allocation, boolean dirty) {}

    boolean structured() {
        return negotiated.structured();
    }

    // ---- receiving

    /// The payload buffer that lacks bytes, or null.
    @Nullable ByteBuf payloadToFill() {
        Request request = intake.filling();
        return request == null ? null : request.requirePayload();
    }

    boolean expectsLargeWrite() {
        return intake.expectsLargeWrite();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        replies.reading(true);
        accept((ByteBuf) message);
    }

    /// Takes bytes of the client, and the ownership of the buffer.
    void accept(ByteBuf data) {
        if (gone || stopping != null) {
            data.release();
        } else {
            intake.add(data);
            if (!blocked) {
                proceed();
            }
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
        replies.reading(false);
        replies.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (blocked && channel.isWritable()) {
            proceed();
        }
    }

    /// Goes on with what has been received, until it is used up or there is no room.
    void proceed() {
        if (processing || gone) {
            return;
        }
        processing = true;
        blocked = false;
        try {
            Intake.Next next = Intake.Next.HEADER;
            while (next != Intake.Next.NOTHING && !blocked && !gone && stopping == null) {
                next = intake.next();
                switch (next) {
                    case NOTHING -> {}
                    case PAYLOAD -> submitWrite(intake.takeFilled());
                    case HEADER -> {
                        if (begin()) {
                            intake.headerDone();
                        } else {
                            blocked = true;
                        }
                    }
                }
            }
        } finally {
            processing = false;
        }
        readOn(!blocked);
        closeIfDone();
    }

    private void readOn(boolean on) {
        var config = channel.config();
        if (config.isAutoRead() != on && stopping == null && !gone) {
            config.setAutoRead(on);
        }
    }

    // ---- one request

    /// Acts on the complete header.
    ///
    /// @return false if there is no room for it yet
    private boolean begin() {
        if (header.magic != Nbd.REQUEST_MAGIC) {
            violation();
            return true;
        }
        Command command = Command.of(header.type);
        if (command == Command.WRITE && header.length > Nbd.MAX_PAYLOAD) {
            violation();
            return true;
        }
        if (command == Command.DISCONNECT) {
            stop(ConnectionEnd.DISCONNECTED);
            return true;
        }
        if (!channel.isWritable()) {
            return false;
        }
        NbdError error = Validation.check(header, command, negotiated, export.volume());
        if (command == null || error != null) {
            refuse(command, error == null ? NbdError.UNKNOWN_COMMAND : error);
            return true;
        }
        return switch (command) {
            case CACHE -> answerAtOnce(command);
            case BLOCK_STATUS -> {
                statusAnswer.write(header, export.volume());
                replies.flushSoon();
                yield answerCounted(command);
            }
            case READ, WRITE, FLUSH, TRIM, WRITE_ZEROES, DISCONNECT -> admit(command);
        };
    }

    private void violation() {
        connection.abort(ConnectionEnd.PROTOCOL_VIOLATION);
    }

    private void refuse(@Nullable Command command, NbdError error) {
        if (command == Command.WRITE) {
            intake.skip(header.length);
        }
        if (command != null) {
            export.metrics().requestFinished(command, error.value(), header.length, 0);
        }
        error(header.cookie, error);
    }

    private boolean answerAtOnce(Command command) {
        // There is no cache to warm: the request is a hint.
        replies.simple(header.cookie, 0);
        replies.flushSoon();
        return answerCounted(command);
    }

    private boolean answerCounted(Command command) {
        export.metrics().requestFinished(command, 0, header.length, 0);
        return true;
    }

    private boolean admit(Command command) {
        boolean carries = command == Command.READ || command == Command.WRITE;
        int payload = carries ? (int) header.length : 0;
        ExportLimits limits = export.limits();
        boolean room =
                inFlight < limits.requestsPerConnection()
                        && (bytesInFlight == 0
                                || bytesInFlight + payload <= limits.bytesPerConnection());
        Request request = room ? table.acquire(this, payload) : null;
        if (request == null) {
            export.metrics().waitedForRoom();
            return false;
        }
        inFlight++;
        bytesInFlight += payload;
        request.command = command;
        request.cookie = header.cookie;
        request.offset = header.offset;
        request.length = header.length;
        request.flags = header.flags;
        long now = System.nanoTime();
        request.startedNanos = now;
        if (command == Command.WRITE) {
            intake.fill(request);
            fillingSinceNanos = now;
        } else {
            calls.submit(request);
        }
        return true;
    }

    private void submitWrite(Request request) {
        request.startedNanos = System.nanoTime();
        calls.submit(request);
    }

    // ---- answering

    /// The volume has completed a request of this connection.
    void completed(Request request, int result) {
        NbdError error = result < 0 ? NbdError.ofErrno(result) : null;
        export.metrics()
                .requestFinished(
                        request.command,
                        error == null ? 0 : error.value(),
                        request.length,
                        System.nanoTime() - request.startedNanos);
        if (error != null) {
            error(request.cookie, error);
            release(request);
        } else if (request.command == Command.READ) {
            readReply.write(request);
            replies.flushSoon();
        } else {
            replies.simple(request.cookie, 0);
            replies.flushSoon();
            release(request);
        }
    }

    /// A part of a reply has left, or never will.
    void sent(SentReply part) {
        Request request = readReply.recycle(part);
        if (--request.unsent == 0) {
            if (gone) {
                table.release(request);
            } else {
                release(request);
            }
        }
    }

    /// The request is answered, and its answer is sent or queued.
    void release(Request request) {
        inFlight--;
        bytesInFlight -= request.reserved;
        table.release(request);
        if (blocked) {
            proceed();
        } else {
            closeIfDone();
        }
    }

    private void error(long cookie, NbdError error) {
        if (negotiated.structured()) {
            replies.errorChunk(cookie, error);
        } else {
            replies.simple(cookie, error.value());
        }
        replies.flushSoon();
    }

    Channel channel() {
        return channel;
    }

    // ---- ending

    private void stop(ConnectionEnd reason) {
        if (stopping == null) {
            stopping = reason;
            blocked = false;
            Request request = intake.filling();
            intake.discard();
            if (request != null) {
                release(request);
            }
            // What still comes is thrown away, not left in the socket: closing would then reset the
            // connection
            // and could take the last replies with it.
            channel.config().setAutoRead(true);
        }
    }

    private void closeIfDone() {
        ConnectionEnd reason = stopping;
        if (reason != null && inFlight == 0 && !replies.unflushed() && !gone && !closing) {
            closing = true;
            connection.ending(reason);
            channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }

    @Override
    public void drain() {
        stop(ConnectionEnd.SERVER_CLOSED);
        closeIfDone();
    }

    @Override
    public void answerShutdown() {
        table.forEachOf(
                this,
                request -> {
                    if (request.withVolume) {
                        error(request.cookie, NbdError.SHUTDOWN);
                    }
                });
        replies.flush();
    }

    @Override
    public @Nullable ConnectionEnd overdue(long nowNanos) {
        Request request = intake.filling();
        if (request != null) {
            long allowed =
                    export.limits().payloadTimeout().toNanos()
                            + request.length * 1_000_000_000L / PAYLOAD_BYTES_PER_SECOND;
            if (nowNanos - fillingSinceNanos > allowed) {
                return ConnectionEnd.PAYLOAD_TIMEOUT;
            }
        }
        return null;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        cut();
        export.ended(connection);
    }

    @Override
    public void cut() {
        if (gone) {
            return;
        }
        gone = true;
        replies.discard();
        intake.discard();
        table.orphan(this);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        export.failed(connection, cause);
    }
}
