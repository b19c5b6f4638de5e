package dev.hast.daemon.replication;

import dev.hast.core.replication.Message;
import dev.hast.core.replication.Operation;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/// What a resource hears from one of its links, on its event loop.
public interface LinkListener {

    /// The link is up: both sides have named themselves.
    void linkUp(Link link);

    /// It is down. Told once, and only after [#linkUp].
    void linkDown(Link link, String cause);

    void message(Link link, Message message);

    /// What another part of the peer's daemon wants its like on this node to know.
    void note(Link link, String topic, byte[] note);

    /// @param data the block, aligned, from index 0; the receiver's to release. Null for zeroes.
    void write(Link link, WriteFrame frame, @Nullable ByteBuf data);

    void confirm(Link link, long epoch, long sequence, boolean written);

    /// @param data the block, aligned, from index 0; the receiver's to release. Null when the read
    ///   failed.
    void readReply(Link link, long id, int result, @Nullable ByteBuf data, int length);

    /// The fixed part of the write that is being delivered; valid only during the call.
    interface WriteFrame {
        Operation.Kind kind();

        long epoch();

        long sequence();

        long watermark();

        long offset();

        int length();

        boolean fua();

        boolean mayUnmap();
    }
}
