package dev.hast.daemon.network;

import dev.hast.daemon.netlink.NetlinkMessage;
import dev.hast.daemon.netlink.NetlinkSocket;
import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.posix.PosixException;
import dev.hast.daemon.posix.SocketCalls;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hears the kernel's news of links and addresses, and hands it to an executor.
///
/// Thread: reads on the poller's, tells on the executor.
public final class NetworkWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NetworkWatch.class);
    private static final int GROUP_LINK = 1;
    private static final int GROUP_IPV4_IFADDR = 5;
    private static final int GROUP_IPV6_IFADDR = 9;
    private static final int RECEIVE_BUFFER = 1 << 20;

    /// The descriptor blocks, and the poller says when not to: only a datagram that the kernel
    /// dropped in between could make it wait.
    private static final Duration PATIENCE = Duration.ofMillis(1);

    private final NetlinkSocket socket;
    private final SocketPoller poller;
    private final Executor executor;
    private final NetworkListener listener;

    private NetworkWatch(
            final NetlinkSocket socket,
            final SocketPoller poller,
            final Executor executor,
            final NetworkListener listener) {
        this.socket = socket;
        this.poller = poller;
        this.executor = executor;
        this.listener = listener;
    }

    /// Hears everything from now on, in the network namespace of the calling thread.
    public static NetworkWatch start(
            final SocketPoller poller, final Executor executor, final NetworkListener listener)
            throws PosixException {
        final NetlinkSocket socket =
                NetlinkSocket.open(NetlinkSocket.NETLINK_ROUTE, "rtnetlink news");
        try {
            socket.setReceiveTimeout(PATIENCE);
            SocketCalls.setOption(
                    socket.descriptor(),
                    SocketCalls.SOL_SOCKET,
                    SocketCalls.SO_RCVBUF,
                    RECEIVE_BUFFER);
            socket.join(GROUP_LINK);
            socket.join(GROUP_IPV4_IFADDR);
            socket.join(GROUP_IPV6_IFADDR);
        } catch (final PosixException failure) {
            socket.close();
            throw failure;
        }
        final NetworkWatch watch = new NetworkWatch(socket, poller, executor, listener);
        poller.add(socket.descriptor(), watch::read);
        return watch;
    }

    private void read() {
        try {
            final List<NetlinkMessage> messages = socket.receive();
            if (!messages.isEmpty()) {
                executor.execute(() -> messages.forEach(this::tell));
            }
        } catch (final PosixException failure) {
            if (failure.errno() != Errno.ENOBUFS) {
                LOG.atError()
                        .addKeyValue("cause", failure.getMessage())
                        .log("The kernel's news of the network cannot be read");
            }
            executor.execute(listener::newsLost);
        }
    }

    private void tell(final NetlinkMessage message) {
        switch (message.type()) {
            case AddressCodec.RTM_NEWLINK ->
                    AddressCodec.link(message).ifPresent(listener::interfaceChanged);
            case AddressCodec.RTM_DELLINK ->
                    AddressCodec.link(message).ifPresent(listener::interfaceRemoved);
            case AddressCodec.RTM_NEWADDR ->
                    AddressCodec.address(message).ifPresent(listener::addressAdded);
            case AddressCodec.RTM_DELADDR ->
                    AddressCodec.address(message).ifPresent(listener::addressRemoved);
            default -> {}
        }
    }

    @Override
    public void close() {
        poller.close(socket.descriptor());
    }
}
