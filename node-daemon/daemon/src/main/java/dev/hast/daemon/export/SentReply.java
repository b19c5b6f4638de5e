package dev.hast.daemon.export;

import io.netty.channel.Channel;
import io.netty.channel.DefaultChannelPromise;
import org.jspecify.annotations.Nullable;

/// A promise that can be used again and again: it tells a connection that a payload has left for
/// the socket, or never will.
///
/// Netty makes a promise for each write otherwise. Nothing is ever stored in it, so it never is
/// "done", and nobody may listen to or wait for it.
final class SentReply extends DefaultChannelPromise {
    private final Transmission connection;
    @Nullable Request request;
    @Nullable SentReply nextFree;

    SentReply(Channel channel, Transmission connection) {
        super(channel, channel.eventLoop());
        this.connection = connection;
    }

    @Override
    public boolean trySuccess(@Nullable Void result) {
        connection.sent(this);
        return true;
    }

    @Override
    public boolean trySuccess() {
        return trySuccess(null);
    }

    @Override
    public boolean tryFailure(Throwable cause) {
        connection.sent(this);
        return true;
    }

    @Override
    public boolean setUncancellable() {
        return true;
    }

    @Override
    public boolean cancel(boolean mayInterruptIfRunning) {
        return false;
    }
}
