package dev.hast.daemon.packet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hast.daemon.network.Segment;
import dev.hast.daemon.posix.Errno;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A client that is connected to an address which moves to another host.
final class TickleIT {
    private static final int PORT = 7009;
    private Segment segment;

    @BeforeEach
    void threeHosts() throws Exception {
        segment = Segment.create(3);
    }

    @AfterEach
    void away() {
        segment.close();
    }

    private void give(final int host, final String address) throws Exception {
        final String prefix = address.contains(":") ? "/128" : "/32";
        segment.on(host, "ip", "addr", "add", address + prefix, "dev", "eth0", "nodad");
    }

    private void take(final int host, final String address) throws Exception {
        final String family = address.contains(":") ? "-6" : "-4";
        segment.on(host, "ip", family, "addr", "flush", "to", address, "dev", "eth0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.83.0.100", "fd83::100"})
    void aTickledClientOfTheOldHolderIsResetByTheNewOne(final String text) throws Exception {
        final InetAddress address = InetAddress.getByName(text);
        give(1, text);
        try (ServerSocket server = segment.in(1, () -> new ServerSocket(PORT, 5));
                Socket client = segment.in(2, () -> new Socket(address, PORT));
                Socket _ = server.accept()) {
            final List<TcpConnection> connections = segment.in(1, () -> established(address));
            assertThat(connections)
                    .containsExactly(
                            new TcpConnection(
                                    address,
                                    PORT,
                                    client.getLocalAddress(),
                                    client.getLocalPort()));
            take(1, text);
            give(3, text);
            // So that the client's answer goes to the new holder.
            segment.on(2, "ip", "neigh", "flush", "all");
            client.setSoTimeout(500);
            assertThatThrownBy(() -> client.getInputStream().read())
                    .as("nobody told it yet")
                    .isInstanceOf(SocketTimeoutException.class);
            client.setSoTimeout(30_000);
            assertThat(segment.in(3, () -> tickle(connections.getFirst()))).isZero();
            assertThatThrownBy(() -> client.getInputStream().read())
                    .isInstanceOf(SocketException.class)
                    .hasMessageContaining("reset");
        }
    }

    private static List<TcpConnection> established(final InetAddress address) throws Exception {
        try (TcpConnections connections = TcpConnections.open()) {
            return connections.establishedOn(List.of(address), 100);
        }
    }

    private static int tickle(final TcpConnection connection) throws Exception {
        try (TickleSocket socket = TickleSocket.open()) {
            return socket.tickle(connection);
        }
    }

    @Test
    void connectionsOfOtherAddressesAreLeftOutAndNoMoreAreListedThanAskedFor() throws Exception {
        give(1, "10.83.0.100");
        final InetAddress address = InetAddress.getByName("10.83.0.100");
        final InetAddress own = InetAddress.getByName(Segment.ipv4(1));
        try (ServerSocket server = segment.in(1, () -> new ServerSocket(PORT, 5));
                Socket _ = segment.in(2, () -> new Socket(own, PORT));
                Socket _ = segment.in(2, () -> new Socket(address, PORT));
                Socket _ = segment.in(2, () -> new Socket(address, PORT));
                Socket _ = server.accept();
                Socket _ = server.accept();
                Socket _ = server.accept()) {
            assertThat(segment.in(1, () -> established(address))).hasSize(2);
            assertThat(
                            segment.in(
                                    1,
                                    () -> {
                                        try (TcpConnections all = TcpConnections.open()) {
                                            return all.establishedOn(List.of(address, own), 1);
                                        }
                                    }))
                    .hasSize(1);
        }
    }

    @Test
    void aClientThatCannotBeReachedIsSaidToBe() throws Exception {
        final TcpConnection connection =
                new TcpConnection(
                        InetAddress.getByName("10.83.0.100"),
                        PORT,
                        InetAddress.getByName("192.0.2.1"),
                        4711);
        assertThat(segment.in(1, () -> tickle(connection))).isEqualTo(-Errno.ENETUNREACH);
    }
}
