import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/// A client that never gives up: for each node a thread that writes and reads 4 KiB blocks one after the other
/// through the node's NBD socket whenever there is one. Prints, with microseconds of the wall clock:
///
///     first NODE WHEN        the first answer on a connection
///     again NODE WHEN        the first answer after a pause of 50 ms on the same connection
///     end NODE WHEN CAUSE    a connection ended; WHEN is its last answer
///
/// Arguments: the export's name, then NODE=SOCKET for each node.
final class Writer {

    private static final int BLOCK = 4096;
    private static final long PAUSE_MICROS = 50_000;

    private final String export;
    private final String node;
    private final Path socket;
    private final ByteBuffer request = ByteBuffer.allocateDirect(28 + BLOCK);
    private final ByteBuffer reply = ByteBuffer.allocateDirect(16 + BLOCK);
    private long count;
    private long lastMicros;

    private Writer(String export, String node, Path socket) {
        this.export = export;
        this.node = node;
        this.socket = socket;
    }

    public static void main(String[] arguments) {
        for (int i = 1; i < arguments.length; i++) {
            final String[] parts = arguments[i].split("=", 2);
            final Writer writer = new Writer(arguments[0], parts[0], Path.of(parts[1]));
            Thread.ofPlatform().start(writer::run);
        }
    }

    private static long micros() {
        return ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now());
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private void run() {
        while (true) {
            boolean spoke = false;
            String cause;
            try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
                channel.connect(UnixDomainSocketAddress.of(socket));
                greet(channel);
                one(channel);
                spoke = true;
                lastMicros = micros();
                say("first " + node + " " + lastMicros);
                while (true) {
                    one(channel);
                    final long now = micros();
                    if (now - lastMicros > PAUSE_MICROS) {
                        say("again " + node + " " + now);
                    }
                    lastMicros = now;
                }
            } catch (IOException e) {
                cause = String.valueOf(e.getMessage());
            }
            if (spoke) {
                say("end " + node + " " + lastMicros + " " + cause);
            }
            try {
                Thread.sleep(1);
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void greet(SocketChannel channel) throws IOException {
        receive(channel, 18);
        final byte[] name = export.getBytes(StandardCharsets.UTF_8);
        request.clear();
        request.putInt(3).putLong(0x49484156454F5054L).putInt(1).putInt(name.length).put(name);
        send(channel);
        receive(channel, 10);
    }

    /// Seven writes, then a read.
    private void one(SocketChannel channel) throws IOException {
        final boolean read = ++count % 8 == 0;
        request.clear();
        request.putInt(0x25609513).putShort((short) 0).putShort((short) (read ? 0 : 1));
        request.putLong(count).putLong((count % 4096) * BLOCK).putInt(BLOCK);
        if (!read) {
            request.putLong(count).position(28 + BLOCK);
        }
        send(channel);
        receive(channel, 16);
        final int error = reply.getInt(4);
        if (error != 0) {
            throw new IOException("error " + error);
        }
        if (read) {
            receive(channel, BLOCK);
        }
    }

    private void send(SocketChannel channel) throws IOException {
        request.flip();
        while (request.hasRemaining()) {
            channel.write(request);
        }
    }

    private void receive(SocketChannel channel, int bytes) throws IOException {
        reply.clear().limit(bytes);
        while (reply.hasRemaining()) {
            if (channel.read(reply) < 0) {
                throw new EOFException("closed");
            }
        }
    }
}
