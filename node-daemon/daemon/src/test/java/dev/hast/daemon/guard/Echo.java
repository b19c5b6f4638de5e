package dev.hast.daemon.guard;

import dev.hast.daemon.network.Segment;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.time.Duration;

/// A UDP echo on a host, and a client on another that asks it all the time.
final class Echo implements AutoCloseable {
    static final int PORT = 7007;
    private static final Duration INTERVAL = Duration.ofMillis(5);
    private static final Duration SILENCE = Duration.ofSeconds(1);

    private final DatagramSocket server;

    private Echo(final DatagramSocket server) {
        this.server = server;
    }

    static Echo on(final Segment segment, final int host, final String address) throws Exception {
        final InetAddress bound = InetAddress.getByName(address);
        final DatagramSocket server =
                segment.in(host, () -> new DatagramSocket(new InetSocketAddress(bound, PORT)));
        final Echo echo = new Echo(server);
        Thread.ofPlatform().daemon().name("echo").start(echo::serve);
        return echo;
    }

    private void serve() {
        final DatagramPacket packet = new DatagramPacket(new byte[64], 64);
        while (!server.isClosed()) {
            try {
                server.receive(packet);
                server.send(packet);
            } catch (final IOException _) {
                // What the guard drops fails to be sent; what is closed ends the loop.
            }
        }
    }

    /// Asks `target` from a host until nothing has been answered for a second.
    ///
    /// @param first called when the first answer has come
    /// @return when the last answer came
    static long lastAnswer(
            final Segment segment, final int host, final String target, final Runnable first)
            throws Exception {
        try (DatagramSocket client = segment.in(host, () -> new DatagramSocket())) {
            client.setSoTimeout((int) INTERVAL.toMillis());
            final DatagramPacket question =
                    new DatagramPacket(new byte[8], 8, new InetSocketAddress(target, PORT));
            final DatagramPacket answer = new DatagramPacket(new byte[64], 64);
            final long begin = System.nanoTime();
            long last = begin;
            while (System.nanoTime() - last < SILENCE.toNanos()) {
                client.send(question);
                try {
                    client.receive(answer);
                    if (last == begin) {
                        first.run();
                    }
                    last = System.nanoTime();
                } catch (final SocketTimeoutException _) {
                    // Asked again.
                }
            }
            return last;
        }
    }

    /// Whether `target` answers a host within five seconds, or half a second if it should not.
    static boolean answers(
            final Segment segment, final int host, final String target, final boolean expected)
            throws Exception {
        try (DatagramSocket client = segment.in(host, () -> new DatagramSocket())) {
            client.setSoTimeout(50);
            final DatagramPacket question =
                    new DatagramPacket(new byte[8], 8, new InetSocketAddress(target, PORT));
            for (int left = expected ? 100 : 10; left > 0; left--) {
                client.send(question);
                try {
                    client.receive(new DatagramPacket(new byte[64], 64));
                    return true;
                } catch (final SocketTimeoutException _) {
                    // Asked again.
                }
            }
            return false;
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
