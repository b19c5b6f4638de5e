package dev.hast.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.control.v1.DumpRequest;
import dev.hast.daemon.Await;
import dev.hast.daemon.export.ExportClient;
import io.grpc.StatusRuntimeException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Daemons that die at each access to their provider while they make a replica, take a volume over,
/// leave a member behind, or come back. Each is started again, and every acknowledged write must be
/// there.
///
/// The process halts inside, at exactly the access that is meant; nothing of it runs after that.
final class KilledAtEachStepIT {

    private static final String SPEC =
            """
            primary: a
            replication: {grantDuration: 1s, timeout: 500ms}
            """;
    private static final int BLOCK = 4096;
    private static final int CRASHED = 137;

    /// How many accesses are let through before the one that kills. Every one of the first, at
    /// which a change of configuration is written; then some.
    private static final List<Integer> STEPS = List.of(0, 1, 2, 3, 4, 5, 6, 8, 11, 16, 25, 40, 80);

    @TempDir private Path directory;
    private int written;

    private static byte[] block(int number) {
        final byte[] block = new byte[BLOCK];
        Arrays.fill(block, (byte) (number + 1));
        return block;
    }

    /// Writes one block more, in an extent of its own.
    private void write(Nodes nodes, NodeProcess node) throws Exception {
        try (ExportClient client = nodes.client(node)) {
            assertThat(client.write(written * 65536L, block(written))).isZero();
        }
        written++;
    }

    private void expectAll(Nodes nodes) throws Exception {
        try (ExportClient client = nodes.client(nodes.awaitHealthy())) {
            for (int i = 0; i < written; i++) {
                assertThat(client.read(i * 65536L, BLOCK)).as("block %d", i).isEqualTo(block(i));
            }
        }
    }

    private static String dieInMetadata(NodeProcess node, int after) {
        final long data =
                node.control()
                        .dump(DumpRequest.newBuilder().setName(Nodes.RESOURCE).build())
                        .getDataOffset();
        return "any 0-%d crash after %d times 1".formatted(data - 1, after);
    }

    private static boolean hasLeft(NodeProcess primary, String node) {
        final var status = Nodes.status(primary);
        return status != null && !status.getInSyncList().contains(node);
    }

    /// The one that died, or was killed, is started again without faults, and all come together.
    private void recover(Nodes nodes, NodeProcess... dead) throws Exception {
        for (NodeProcess node : dead) {
            node.kill();
            node.faults(Nodes.RESOURCE);
            node.started();
        }
        expectAll(nodes);
    }

    @Test
    void create() throws Exception {
        int deaths = 0;
        for (int after : STEPS) {
            final Path own = directory.resolve("after" + after);
            java.nio.file.Files.createDirectories(own);
            try (Nodes nodes = new Nodes(own, SPEC, "a")) {
                final NodeProcess a = nodes.node("a");
                a.faults(Nodes.RESOURCE, "any all crash after %d times 1".formatted(after));
                a.started();
                try {
                    Nodes.create(a);
                } catch (StatusRuntimeException died) {
                    assertThat(a.ended()).isEqualTo(CRASHED);
                }
                Await.until(
                        "it serves or is dead",
                        () -> !a.isAlive() || nodes.primary().isPresent(),
                        nodes::logs);
                if (a.isAlive()) {
                    break;
                }
                assertThat(a.ended()).isEqualTo(CRASHED);
                deaths++;
                a.kill();
                a.faults(Nodes.RESOURCE);
                a.started();
                Nodes.createIfAbsent(a);
                written = 0;
                nodes.awaitHealthy();
                write(nodes, a);
                expectAll(nodes);
            }
        }
        assertThat(deaths).as("different steps").isGreaterThan(3);
    }

    @Test
    void promote() throws Exception {
        try (Nodes nodes = new Nodes(directory, SPEC, "a", "b").running()) {
            int deaths = 0;
            for (int after : STEPS) {
                final NodeProcess primary = nodes.awaitHealthy();
                final NodeProcess next = nodes.node(primary.name().equals("a") ? "b" : "a");
                write(nodes, primary);
                next.faultsNow(Nodes.RESOURCE, dieInMetadata(next, after));
                primary.kill();
                Await.until(
                        "the other serves or is dead",
                        () -> !next.isAlive() || nodes.primary().isPresent(),
                        nodes::logs);
                if (next.isAlive()) {
                    break;
                }
                assertThat(next.ended()).isEqualTo(CRASHED);
                deaths++;
                recover(nodes, next, primary);
            }
            assertThat(deaths).as("different steps").isPositive();
        }
    }

    @Test
    void shrink() throws Exception {
        try (Nodes nodes = new Nodes(directory, SPEC, "a", "b").running()) {
            int deaths = 0;
            for (int after : STEPS) {
                final NodeProcess primary = nodes.awaitHealthy();
                final NodeProcess other = nodes.node(primary.name().equals("a") ? "b" : "a");
                write(nodes, primary);
                primary.faultsNow(Nodes.RESOURCE, dieInMetadata(primary, after));
                other.kill();
                Await.until(
                        "it has left the other behind or is dead",
                        () -> !primary.isAlive() || hasLeft(primary, other.name()),
                        nodes::logs);
                if (primary.isAlive()) {
                    break;
                }
                assertThat(primary.ended()).isEqualTo(CRASHED);
                deaths++;
                recover(nodes, primary, other);
            }
            assertThat(deaths).as("different steps").isPositive();
        }
    }

    @Test
    void rejoin() throws Exception {
        try (Nodes nodes = new Nodes(directory, SPEC, "a", "b").running()) {
            int deaths = 0;
            for (int after : STEPS) {
                final NodeProcess primary = nodes.awaitHealthy();
                final NodeProcess other = nodes.node(primary.name().equals("a") ? "b" : "a");
                other.kill();
                Await.until("it is left behind", () -> hasLeft(primary, other.name()), nodes::logs);
                write(nodes, primary);
                write(nodes, primary);
                other.faults(Nodes.RESOURCE, "any all crash after %d times 1".formatted(after));
                other.start();
                Await.until(
                        "it is back or dead",
                        () -> !other.isAlive() || nodes.inSync(2),
                        nodes::logs);
                if (other.isAlive()) {
                    break;
                }
                assertThat(other.ended()).isEqualTo(CRASHED);
                deaths++;
                // What is written between two tries has to come along.
                write(nodes, primary);
                recover(nodes, other);
            }
            assertThat(deaths).as("different steps").isGreaterThan(3);
        }
    }
}
