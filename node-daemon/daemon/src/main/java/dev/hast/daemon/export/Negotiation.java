package dev.hast.daemon.export;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import org.jspecify.annotations.Nullable;

/// The handshake of one connection: fixed newstyle greeting and option haggling.
///
/// | state | waits for | leads to |
/// |---|---|---|
/// | FLAGS | the client's flags | OPTIONS |
/// | OPTIONS | an option | OPTIONS; transmission by GO or EXPORT_NAME; closed by ABORT |
/// | SETTLING | the requests of fenced connections to be done | transmission |
///
/// It is bounded by a time-out and by the length of an option; it holds nothing else.
final class Negotiation extends ChannelInboundHandlerAdapter implements Connection.Phase {
    /// Longest option: a name, and some metadata queries.
    static final int MAX_OPTION = 32 << 10;

    private static final int OPTION_HEADER_BYTES = 16;

    private enum State {
        FLAGS,
        OPTIONS,
        SETTLING,
        OVER
    }

    /// The option by which a client enters transmission; `asked` is null with EXPORT_NAME, which
    /// asks for nothing.
    private record Entry(int option, String name, @Nullable InfoRequest asked) {}

    private final Export export;
    private final Connection connection;
    private @Nullable OptionReplies replies;
    private @Nullable ByteBuf received;
    private State state = State.FLAGS;
    private boolean noZeroes;
    private boolean secured;
    private boolean structured;
    private MetaContexts contexts = MetaContexts.NONE;

    Negotiation(Export export, Connection connection) {
        this.export = export;
        this.connection = connection;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
        replies = new OptionReplies(ctx);
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
        ByteBuf greeting = ctx.alloc().buffer(18);
        greeting.writeLong(Nbd.INIT_MAGIC).writeLong(Nbd.OPTION_MAGIC);
        greeting.writeShort(Nbd.FIXED_NEWSTYLE | Nbd.NO_ZEROES);
        ctx.writeAndFlush(greeting, ctx.voidPromise());
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
        ByteBuf data = (ByteBuf) message;
        if (state == State.OVER) {
            data.release();
            return;
        }
        ByteBuf before = received;
        if (before == null) {
            received = data;
        } else if (before.readableBytes() + data.readableBytes() > 4 * MAX_OPTION) {
            data.release();
            violation();
            return;
        } else {
            received = ctx.alloc().buffer(before.readableBytes() + data.readableBytes());
            received.writeBytes(before).writeBytes(data);
            before.release();
            data.release();
        }
        proceed(ctx);
    }

    private void proceed(ChannelHandlerContext ctx) {
        boolean more = true;
        while (more) {
            ByteBuf in = received;
            // Replies are longer than options: who does not take them gets no more of them.
            more =
                    in != null
                            && ctx.channel().isWritable()
                            && switch (state) {
                                case FLAGS -> flags(in);
                                case OPTIONS -> option(ctx, in);
                                case SETTLING, OVER -> false;
                            };
        }
        ByteBuf in = received;
        if (in != null && !in.isReadable()) {
            received = null;
            in.release();
        }
        if (state != State.OVER) {
            ctx.channel().config().setAutoRead(ctx.channel().isWritable());
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
        if (state != State.OVER && ctx.channel().isWritable()) {
            proceed(ctx);
        }
    }

    private boolean flags(ByteBuf in) {
        if (in.readableBytes() < 4) {
            return false;
        }
        int flags = in.readInt();
        if ((flags & ~(Nbd.FIXED_NEWSTYLE | Nbd.NO_ZEROES)) != 0) {
            violation();
            return false;
        }
        noZeroes = (flags & Nbd.NO_ZEROES) != 0;
        state = State.OPTIONS;
        return true;
    }

    /// Takes one option, if it is complete.
    private boolean option(ChannelHandlerContext ctx, ByteBuf in) {
        if (in.readableBytes() < OPTION_HEADER_BYTES) {
            return false;
        }
        int start = in.readerIndex();
        long length = in.getUnsignedInt(start + 12);
        if (in.getLong(start) != Nbd.OPTION_MAGIC || length > MAX_OPTION) {
            violation();
            return false;
        }
        if (in.readableBytes() < OPTION_HEADER_BYTES + length) {
            return false;
        }
        int option = in.getInt(start + 8);
        in.skipBytes(OPTION_HEADER_BYTES);
        // A copy of the indices, not of the bytes: an option cannot read beyond itself.
        OptionData data = new OptionData(in.readSlice((int) length));
        answer(ctx, option, data);
        ctx.flush();
        return state == State.OPTIONS;
    }

    private void answer(ChannelHandlerContext ctx, int option, OptionData data) {
        OptionReplies out = out();
        if (option == Nbd.OPT_ABORT) {
            out.ack(option);
            ctx.flush();
            state = State.OVER;
            connection.finish(ConnectionEnd.DISCONNECTED);
        } else if (option == Nbd.OPT_STARTTLS) {
            startTls(ctx, out, data);
        } else if (connection.tls() != null && !secured) {
            if (option == Nbd.OPT_EXPORT_NAME) {
                violation();
            } else {
                out.error(option, Nbd.REP_ERR_TLS_REQD, "this export is served over TLS only");
            }
        } else if (export.closing()) {
            out.error(option, Nbd.REP_ERR_SHUTDOWN, "the export is being closed");
        } else {
            answerOpenly(ctx, option, data);
        }
    }

    private void answerOpenly(ChannelHandlerContext ctx, int option, OptionData data) {
        OptionReplies out = out();
        switch (option) {
            case Nbd.OPT_EXPORT_NAME -> exportName(ctx, data);
            case Nbd.OPT_LIST -> {
                if (data.isEmpty()) {
                    out.list(export.settings());
                } else {
                    out.invalid(option);
                }
            }
            case Nbd.OPT_INFO, Nbd.OPT_GO -> info(ctx, option, data);
            case Nbd.OPT_STRUCTURED_REPLY -> {
                if (data.isEmpty()) {
                    structured = true;
                    out.ack(option);
                } else {
                    out.invalid(option);
                }
            }
            case Nbd.OPT_LIST_META_CONTEXT, Nbd.OPT_SET_META_CONTEXT -> metaContext(option, data);
            default ->
                    out.error(
                            option,
                            Nbd.REP_ERR_UNSUP,
                            "this server does not know option " + option);
        }
    }

    private void startTls(ChannelHandlerContext ctx, OptionReplies out, OptionData data) {
        SslContext tls = connection.tls();
        ByteBuf rest = received;
        if (tls == null) {
            out.error(Nbd.OPT_STARTTLS, Nbd.REP_ERR_UNSUP, "TLS is not set up on this socket");
        } else if (secured || !data.isEmpty()) {
            out.invalid(Nbd.OPT_STARTTLS);
        } else if (rest != null && rest.isReadable()) {
            // Somebody put words in the clear that would be taken as said under TLS.
            violation();
        } else {
            out.ack(Nbd.OPT_STARTTLS);
            ctx.flush();
            secured = true;
            structured = false;
            contexts = MetaContexts.NONE;
            SslHandler handler = tls.newHandler(ctx.alloc());
            handler.setHandshakeTimeoutMillis(export.limits().handshakeTimeout().toMillis());
            ctx.pipeline().addFirst(handler);
        }
    }

    private void metaContext(int option, OptionData data) {
        OptionReplies out = out();
        boolean select = option == Nbd.OPT_SET_META_CONTEXT;
        if (select) {
            contexts = MetaContexts.NONE;
        }
        MetaContexts asked = MetaContexts.read(data, select);
        if (!structured || asked == null) {
            out.invalid(option);
            return;
        }
        if (!(ExportClaim.of(asked.exportName(), export.settings()) instanceof ExportClaim.Known)) {
            out().unknown(option, asked.exportName());
            return;
        }
        if (asked.allocation()) {
            out.metaContext(option, select ? Nbd.CONTEXT_ALLOCATION : 0, Nbd.ALLOCATION_NAME);
        }
        if (asked.dirty()) {
            out.metaContext(option, select ? Nbd.CONTEXT_DIRTY : 0, Nbd.DIRTY_NAME);
        }
        if (select) {
            contexts = asked;
        }
        out.ack(option);
    }

    private void info(ChannelHandlerContext ctx, int option, OptionData data) {
        OptionReplies out = out();
        InfoRequest asked = InfoRequest.read(data);
        if (asked == null) {
            out.invalid(option);
            return;
        }
        String name = asked.exportName();
        String refusal = export.refusal(name);
        if (refusal != null) {
            out.error(option, Nbd.REP_ERR_POLICY, refusal);
        } else if (!(ExportClaim.of(name, export.settings()) instanceof ExportClaim.Known claim)) {
            out().unknown(option, name);
        } else if (option == Nbd.OPT_INFO) {
            out.describe(option, export, structured, asked);
            out.ack(option);
        } else {
            enter(ctx, claim, new Entry(option, name, asked));
        }
    }

    private void exportName(ChannelHandlerContext ctx, OptionData data) {
        String name = data.string(data.remaining());
        if (data.valid()
                && export.refusal(name) == null
                && ExportClaim.of(name, export.settings()) instanceof ExportClaim.Known claim) {
            enter(ctx, claim, new Entry(Nbd.OPT_EXPORT_NAME, name, null));
        } else {
            // This option has no error reply.
            violation();
        }
    }

    /// Enters the transmission phase, after fencing where the client asks for it.
    private void enter(ChannelHandlerContext ctx, ExportClaim.Known claim, Entry entry) {
        if (claim.generation().isPresent()
                && claim.generation().getAsLong() > export.generation()) {
            export.fence(claim.generation().getAsLong(), false);
        }
        if (export.settling()) {
            state = State.SETTLING;
            export.whenSettled(this, () -> settled(ctx, entry));
        } else {
            transmit(ctx, entry);
        }
    }

    /// What earlier attachments had in flight is done. A still later one may have come meanwhile.
    private void settled(ChannelHandlerContext ctx, Entry entry) {
        String refusal = export.refusal(entry.name());
        if (refusal == null) {
            transmit(ctx, entry);
        } else if (entry.option() == Nbd.OPT_EXPORT_NAME) {
            violation();
        } else {
            out().error(entry.option(), Nbd.REP_ERR_POLICY, refusal);
            ctx.flush();
            state = State.OPTIONS;
            proceed(ctx);
        }
    }

    private void transmit(ChannelHandlerContext ctx, Entry entry) {
        String name = entry.name();
        InfoRequest asked = entry.asked();
        if (asked == null) {
            int flags = Nbd.transmissionFlags(structured);
            out().exportName(export.volume().size(), flags, noZeroes);
        } else {
            out().describe(entry.option(), export, structured, asked);
            out().ack(entry.option());
        }
        ctx.flush();
        ctx.channel().config().setAutoRead(true);
        state = State.OVER;
        boolean sameExport = contexts.isFor(name);
        var negotiated =
                new Transmission.Negotiated(
                        structured,
                        structured && sameExport && contexts.allocation(),
                        structured && sameExport && contexts.dirty());
        Transmission transmission = new Transmission(export, connection, negotiated, ctx.channel());
        ByteBuf rest = received;
        received = null;
        ctx.pipeline().replace(this, null, transmission);
        connection.enter(transmission);
        if (rest != null) {
            transmission.accept(rest);
        }
    }

    private OptionReplies out() {
        OptionReplies out = replies;
        if (out == null) {
            throw new IllegalStateException("the handshake has not begun");
        }
        return out;
    }

    // ---- ending

    private void violation() {
        state = State.OVER;
        connection.abort(ConnectionEnd.PROTOCOL_VIOLATION);
    }

    @Override
    public @Nullable ConnectionEnd overdue(long nowNanos) {
        boolean late =
                nowNanos - connection.openedNanos() > export.limits().handshakeTimeout().toNanos();
        return late && state != State.SETTLING ? ConnectionEnd.HANDSHAKE_TIMEOUT : null;
    }

    @Override
    public void drain() {
        state = State.OVER;
        connection.finish(ConnectionEnd.SERVER_CLOSED);
    }

    @Override
    public void answerShutdown() {}

    @Override
    public void cut() {
        state = State.OVER;
        export.forget(this);
        ByteBuf rest = received;
        received = null;
        if (rest != null) {
            rest.release();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
        cut();
        export.ended(connection);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        export.failed(connection, cause);
    }
}
