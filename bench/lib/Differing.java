import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Prints how many bytes of two providers differ, counted in blocks. Their metadata is among it: some blocks.
final class Differing {
    public static void main(String[] arguments) throws IOException {
        final int block = Integer.parseInt(arguments[2]);
        try (FileChannel one = open(arguments[0]);
                FileChannel other = open(arguments[1])) {
            final ByteBuffer left = ByteBuffer.allocateDirect(block);
            final ByteBuffer right = ByteBuffer.allocateDirect(block);
            long differing = 0;
            for (long at = 0; at < one.size(); at += block) {
                read(one, left, at);
                read(other, right, at);
                if (left.mismatch(right) >= 0) {
                    differing += block;
                }
            }
            System.out.println(differing);
        }
    }

    private static FileChannel open(String path) throws IOException {
        return FileChannel.open(Path.of(path), StandardOpenOption.READ);
    }

    private static void read(FileChannel from, ByteBuffer into, long at) throws IOException {
        into.clear();
        while (into.hasRemaining() && from.read(into, at + into.position()) > 0) {}
        into.flip();
    }
}
