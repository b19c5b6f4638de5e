package dev.hast.daemon.address;

import dev.hast.daemon.document.VirtualIpDocument;
import dev.hast.daemon.packet.TcpConnection;
import dev.hast.daemon.packet.TcpConnections;
import dev.hast.daemon.packet.TickleSocket;
import dev.hast.daemon.posix.PosixException;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The TCP clients of the addresses. While this node holds them it tells the others each second who
/// is connected; when it becomes the holder it tickles the clients of the last one, so that they
/// connect again at once, not when their retransmissions have come to an end.
///
/// The others are those with a replica of what is followed: its links carry the notes. A group that
/// follows nothing has no such way, and its clients wait, as they do on BSD.
///
/// On the loop, but for what asks the kernel.
final class ClientConnections {

    private static final Logger LOG = LoggerFactory.getLogger(ClientConnections.class);

    private static final long LOOK_NANOS = Duration.ofSeconds(1).toNanos();

    /// The same note is told again after so many looks: a peer may have come meanwhile.
    private static final int LOOKS_UNTOLD_MAX = 5;

    /// A tickle or its answer may be lost, and a neighbour slow to learn.
    private static final long[] TICKLES = {0, 1_000_000_000L, 3_000_000_000L};

    private final AddressNode node;
    private final AtomicBoolean looking = new AtomicBoolean();
    private final AtomicLong tickled = new AtomicLong();
    private VirtualIpDocument document;
    private long lookAt = System.nanoTime();
    private int reign;

    // While [#looking] is taken.
    private byte[] told = new byte[0];
    private int looksUntold;
    private boolean failed;

    ClientConnections(AddressNode node, VirtualIpDocument document) {
        this.node = node;
        this.document = document;
    }

    /// Another document that follows the same.
    void document(VirtualIpDocument next) {
        document = next;
    }

    /// How many tickles were sent.
    long tickled() {
        return tickled.get();
    }

    /// Tells the others who is connected, when it is time. For a holder.
    void look(long now) {
        if (!document.follows().isEmpty()
                && now - lookAt >= 0
                && looking.compareAndSet(false, true)) {
            lookAt = now + LOOK_NANOS;
            final VirtualIpDocument current = document;
            node.blocking()
                    .execute(() -> {
                        try {
                            tell(current);
                        } finally {
                            looking.set(false);
                        }
                    });
        }
    }

    private void tell(VirtualIpDocument current) {
        final byte[] note;
        try (TcpConnections connections = TcpConnections.open()) {
            note =
                    ConnectionNote.encode(
                            connections.establishedOn(
                                    current.addresses(), ConnectionNote.CONNECTIONS_MAX));
            failed = false;
        } catch (PosixException e) {
            if (!failed) {
                LOG.atWarn()
                        .addKeyValue("address", current.name())
                        .log("clients are not tickled after a failover: {}", e.getMessage());
            }
            failed = true;
            return;
        }
        if (!Arrays.equals(note, told) || ++looksUntold >= LOOKS_UNTOLD_MAX) {
            looksUntold = 0;
            told = note;
            node.storage().tell(current.follows().getFirst(), topic(current), note);
        }
    }

    /// The addresses are here from now on, and announced.
    void held() {
        if (document.follows().isEmpty()) {
            return;
        }
        final List<TcpConnection> clients = clientsOfTheLast();
        if (clients.isEmpty()) {
            return;
        }
        LOG.atInfo()
                .addKeyValue("address", document.name())
                .addKeyValue("clients", clients.size())
                .log("clients of the last holder are tickled");
        final int now = ++reign;
        for (long after : TICKLES) {
            node.loop()
                    .at(
                            System.nanoTime() + after,
                            () -> {
                                if (reign == now) {
                                    node.blocking().execute(() -> tickle(clients));
                                }
                            });
        }
    }

    /// The addresses are about to leave.
    void left() {
        reign++;
    }

    private List<TcpConnection> clientsOfTheLast() {
        final Optional<byte[]> note =
                node.storage().told(document.follows().getFirst(), topic(document));
        try {
            return note.isEmpty()
                    ? List.of()
                    : ConnectionNote.decode(note.get()).stream()
                            .filter(client -> document.addresses().contains(client.local()))
                            .toList();
        } catch (IOException e) {
            LOG.atWarn()
                    .addKeyValue("address", document.name())
                    .log("clients of the last holder are not known: {}", e.getMessage());
            return List.of();
        }
    }

    private void tickle(List<TcpConnection> clients) {
        try (TickleSocket socket = TickleSocket.open()) {
            for (TcpConnection client : clients) {
                if (socket.tickle(client) >= 0) {
                    tickled.incrementAndGet();
                }
            }
        } catch (PosixException e) {
            LOG.atWarn().log("clients are not tickled: {}", e.getMessage());
        }
    }

    private static String topic(VirtualIpDocument document) {
        return "connections " + document.name();
    }
}
