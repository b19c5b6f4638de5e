import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Compares two providers, byte by byte and without any help of the daemon.
///
///     FILE FILE OFFSET [LENGTH]     from there on: bytes in chunks of 64 KiB that differ
final class Difference {
    private static final int CHUNK = 64 << 10;

    public static void main(String[] arguments) throws IOException {
        final long offset = Long.parseLong(arguments[2]);
        long differing = 0;
        try (FileChannel one = FileChannel.open(Path.of(arguments[0]), StandardOpenOption.READ);
                FileChannel other = FileChannel.open(Path.of(arguments[1]), StandardOpenOption.READ)) {
            final ByteBuffer ours = ByteBuffer.allocateDirect(CHUNK);
            final ByteBuffer theirs = ByteBuffer.allocateDirect(CHUNK);
            final long end = arguments.length > 3 ? offset + Long.parseLong(arguments[3]) : one.size();
            for (long at = offset; at < end; at += CHUNK) {
                read(one, ours.clear(), at);
                read(other, theirs.clear(), at);
                differing += ours.flip().equals(theirs.flip()) ? 0 : ours.limit();
            }
        }
        System.out.println(differing);
    }

    private static void read(FileChannel channel, ByteBuffer into, long at) throws IOException {
        while (into.hasRemaining() && channel.read(into, at + into.position()) > 0) {
            continue;
        }
    }
}
