package dev.hast.daemon.export;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import java.nio.charset.StandardCharsets;

/// Writes replies to options; flushing is the caller's.
final class OptionReplies {
    private static final int EXPORT_NAME_PADDING = 124;
    private final ChannelHandlerContext context;

    OptionReplies(ChannelHandlerContext context) {
        this.context = context;
    }

    void ack(int option) {
        write(reply(option, Nbd.REP_ACK, 0));
    }

    void invalid(int option) {
        error(option, Nbd.REP_ERR_INVALID, "the data of option " + option + " is not valid here");
    }

    void error(int option, int type, String message) {
        byte[] text = utf8(message);
        int length = Math.min(text.length, ExportSettings.MAX_STRING);
        write(reply(option, type, length).writeBytes(text, 0, length));
    }

    void unknown(int option, String name) {
        error(option, Nbd.REP_ERR_UNKNOWN, "there is no export '" + name + "' here");
    }

    /// All exports there are, which is one.
    void list(ExportSettings settings) {
        byte[] name = utf8(settings.name());
        byte[] description = utf8(settings.description());
        ByteBuf out = reply(Nbd.OPT_LIST, Nbd.REP_SERVER, 4 + name.length + description.length);
        write(out.writeInt(name.length).writeBytes(name).writeBytes(description));
        ack(Nbd.OPT_LIST);
    }

    /// What INFO and GO tell. The block sizes are sent unasked too: it costs nothing, and a client
    /// may understand them.
    void describe(int option, Export export, boolean structured, InfoRequest asked) {
        infoExport(option, export.volume().size(), Nbd.transmissionFlags(structured));
        int minimum = export.volume().minimumBlockSize();
        int preferred = Math.max(4096, export.volume().preferredBlockSize());
        infoBlockSize(option, minimum, Math.max(minimum, preferred), Nbd.MAX_PAYLOAD);
        if (asked.name()) {
            infoText(option, Nbd.INFO_NAME, export.settings().name());
        }
        if (asked.description()) {
            infoText(option, Nbd.INFO_DESCRIPTION, export.settings().description());
        }
    }

    private void infoExport(int option, long size, int flags) {
        ByteBuf out = reply(option, Nbd.REP_INFO, 12).writeShort(Nbd.INFO_EXPORT);
        write(out.writeLong(size).writeShort(flags));
    }

    private void infoBlockSize(int option, int minimum, int preferred, int maximum) {
        ByteBuf out = reply(option, Nbd.REP_INFO, 14).writeShort(Nbd.INFO_BLOCK_SIZE);
        write(out.writeInt(minimum).writeInt(preferred).writeInt(maximum));
    }

    private void infoText(int option, int item, String text) {
        byte[] bytes = utf8(text);
        write(reply(option, Nbd.REP_INFO, 2 + bytes.length).writeShort(item).writeBytes(bytes));
    }

    void metaContext(int option, int id, String name) {
        byte[] text = utf8(name);
        write(reply(option, Nbd.REP_META_CONTEXT, 4 + text.length).writeInt(id).writeBytes(text));
    }

    void exportName(long size, int flags, boolean noZeroes) {
        ByteBuf out = context.alloc().buffer(10 + EXPORT_NAME_PADDING);
        out.writeLong(size).writeShort(flags);
        write(noZeroes ? out : out.writeZero(EXPORT_NAME_PADDING));
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private ByteBuf reply(int option, int type, int length) {
        ByteBuf out = context.alloc().buffer(20 + length);
        return out.writeLong(Nbd.OPTION_REPLY_MAGIC)
                .writeInt(option)
                .writeInt(type)
                .writeInt(length);
    }

    private void write(ByteBuf out) {
        context.write(out, context.voidPromise());
    }
}
