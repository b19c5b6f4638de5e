package dev.hast.daemon.address;

import dev.hast.daemon.packet.TcpConnection;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/// Connections as a holder tells them to the other nodes: a version (one byte, 1), how many (2
/// bytes), then of each the length of an address (one byte, 4 or 16), local address and port (2
/// bytes), remote address and port; in network order.
final class ConnectionNote {

    /// So many fit into a note, even over IPv6.
    static final int CONNECTIONS_MAX = 1_500;

    private static final int VERSION = 1;

    private ConnectionNote() {}

    static byte[] encode(final List<TcpConnection> connections) {
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final DataOutputStream out = new DataOutputStream(bytes);
        try {
            out.writeByte(VERSION);
            out.writeShort(connections.size());
            for (final TcpConnection connection : connections) {
                out.writeByte(connection.local().getAddress().length);
                out.write(connection.local().getAddress());
                out.writeShort(connection.localPort());
                out.write(connection.remote().getAddress());
                out.writeShort(connection.remotePort());
            }
        } catch (final IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    /// @throws IOException when it is none that this software knows
    static List<TcpConnection> decode(final byte[] note) throws IOException {
        final DataInputStream in = new DataInputStream(new ByteArrayInputStream(note));
        final int version = in.readUnsignedByte();
        if (version != VERSION) {
            throw new IOException("a note of connections of version " + version);
        }
        final int count = in.readUnsignedShort();
        if (count > CONNECTIONS_MAX) {
            throw new IOException("a note of " + count + " connections");
        }
        final List<TcpConnection> connections = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            final byte[] local = new byte[in.readUnsignedByte()];
            final byte[] remote = new byte[local.length];
            in.readFully(local);
            final int localPort = in.readUnsignedShort();
            in.readFully(remote);
            connections.add(
                    new TcpConnection(
                            InetAddress.getByAddress(local),
                            localPort,
                            InetAddress.getByAddress(remote),
                            in.readUnsignedShort()));
        }
        return connections;
    }
}
