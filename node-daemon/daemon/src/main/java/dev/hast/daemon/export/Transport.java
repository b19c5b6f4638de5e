package dev.hast.daemon.export;

import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEventLoop;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringServerDomainSocketChannel;
import io.netty.channel.uring.IoUringServerSocketChannel;

/// The socket classes that fit an event loop.
enum Transport {
    EPOLL(
            EpollServerDomainSocketChannel.class,
            EpollServerSocketChannel.class,
            EpollChannelOption.TCP_KEEPIDLE,
            EpollChannelOption.TCP_KEEPINTVL,
            EpollChannelOption.TCP_KEEPCNT,
            EpollChannelOption.TCP_USER_TIMEOUT),
    IO_URING(
            IoUringServerDomainSocketChannel.class,
            IoUringServerSocketChannel.class,
            IoUringChannelOption.TCP_KEEPIDLE,
            IoUringChannelOption.TCP_KEEPINTVL,
            IoUringChannelOption.TCP_KEEPCNT,
            IoUringChannelOption.TCP_USER_TIMEOUT);

    final Class<? extends ServerChannel> unix;
    final Class<? extends ServerChannel> tcp;
    final ChannelOption<Integer> keepIdle;
    final ChannelOption<Integer> keepInterval;
    final ChannelOption<Integer> keepCount;
    final ChannelOption<Integer> userTimeout;

    Transport(
            Class<? extends ServerChannel> unix,
            Class<? extends ServerChannel> tcp,
            ChannelOption<Integer> keepIdle,
            ChannelOption<Integer> keepInterval,
            ChannelOption<Integer> keepCount,
            ChannelOption<Integer> userTimeout) {
        this.unix = unix;
        this.tcp = tcp;
        this.keepIdle = keepIdle;
        this.keepInterval = keepInterval;
        this.keepCount = keepCount;
        this.userTimeout = userTimeout;
    }

    static Transport of(EventLoop loop) {
        if (loop instanceof IoEventLoop ioLoop) {
            if (ioLoop.isIoType(IoUringIoHandler.class)) {
                return IO_URING;
            }
            if (ioLoop.isIoType(EpollIoHandler.class)) {
                return EPOLL;
            }
        }
        throw new IllegalArgumentException(
                "an export needs an event loop of epoll or io_uring, not " + loop);
    }
}
