package dev.hast.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.Await;
import dev.hast.daemon.export.ExportClient;
import java.io.IOException;
import java.net.Socket;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A daemon whose file descriptors are used up by strangers.
final class ExhaustionIT {

    private static final int BLOCK = 4096;
    private static final int DESCRIPTORS = 256;
    private static final String SPEC =
            """
            primary: a
            replication: {grantDuration: 1s, timeout: 500ms}
            """;

    @TempDir private Path directory;

    private static byte[] block(int number) {
        final byte[] block = new byte[BLOCK];
        Arrays.fill(block, (byte) number);
        return block;
    }

    @Test
    void usedUpDescriptorsHurtNobodyWhoIsThereAndAreForgottenAfterwards() throws Exception {
        final List<String> limit =
                List.of("sh", "-c", "ulimit -n " + DESCRIPTORS + "; exec \"$@\"", "sh");
        try (Nodes nodes = new Nodes(directory, SPEC, limit, "a", "b").running()) {
            final NodeProcess a = nodes.node("a");
            assertThat(Scraped.of(a).value("process_max_fds")).isEqualTo(DESCRIPTORS);
            try (ExportClient client = nodes.client(a)) {
                assertThat(client.write(0, block(1))).isZero();
                final List<AutoCloseable> strangers = new ArrayList<>();
                try {
                    for (int i = 0; i < DESCRIPTORS; i++) {
                        connect(strangers, a, nodes);
                    }
                    Await.until(
                            "no descriptor is left",
                            () -> a.openFiles() >= DESCRIPTORS - 2,
                            a::lastLines);
                    for (int i = 1; i < 50; i++) {
                        assertThat(client.write((long) i * BLOCK, block(i))).isZero();
                        assertThat(client.read((long) i * BLOCK, BLOCK)).isEqualTo(block(i));
                    }
                    assertThat(client.flush()).isZero();
                } finally {
                    for (AutoCloseable stranger : strangers) {
                        stranger.close();
                    }
                }
                assertThat(client.write(0, block(2))).isZero();
            }
            Await.until("a new client", () -> reads(nodes, a), nodes::logs);
            nodes.awaitHealthy();
            assertThat(a.isAlive()).isTrue();
        }
    }

    /// One more connection to each port; the system's queue takes those that the daemon cannot.
    private static void connect(List<AutoCloseable> strangers, NodeProcess node, Nodes nodes) {
        try {
            final SocketChannel export = SocketChannel.open(java.net.StandardProtocolFamily.UNIX);
            strangers.add(export);
            export.configureBlocking(false);
            export.connect(UnixDomainSocketAddress.of(node.exportSocket(Nodes.RESOURCE)));
        } catch (IOException full) {
            assertThat(full).hasMessageMatching("(?i).*(refused|unavailable|again|reset).*");
        }
        try {
            strangers.add(new Socket("127.0.0.1", nodes.port(node.name())));
        } catch (IOException full) {
            assertThat(full)
                    .hasMessageMatching("(?i).*(refused|unavailable|again|reset|timed out).*");
        }
    }

    private static boolean reads(Nodes nodes, NodeProcess node) {
        try (ExportClient client = nodes.client(node)) {
            return Arrays.equals(client.read(0, BLOCK), block(2));
        } catch (IOException e) {
            return false;
        }
    }
}
