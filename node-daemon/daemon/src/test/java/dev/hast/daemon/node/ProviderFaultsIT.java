package dev.hast.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.control.v1.ReplicaState;
import dev.hast.control.v1.ResourceState;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.daemon.Await;
import dev.hast.daemon.export.ExportClient;
import java.io.EOFException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two daemons, one of which has a provider that fails in one way or another.
final class ProviderFaultsIT {

    private static final String SPEC =
            """
            primary: a
            replication: {grantDuration: 1s, timeout: 500ms}
            """;
    private static final int BLOCK = 4096;
    private static final int EIO = 5;
    private static final int ESHUTDOWN = 108;

    @TempDir private Path directory;
    private Nodes nodes;
    private NodeProcess a;
    private NodeProcess b;

    @BeforeEach
    void start() throws Exception {
        nodes = new Nodes(directory, SPEC, "a", "b").running();
        a = nodes.node("a");
        b = nodes.node("b");
        assertThat(nodes.awaitPrimary()).isSameAs(a);
    }

    @AfterEach
    void stop() throws InterruptedException {
        nodes.close();
    }

    private static byte[] block(long seed) {
        final byte[] block = new byte[BLOCK];
        new Random(seed).nextBytes(block);
        return block;
    }

    private void writeAndRead(NodeProcess node, long seed) throws Exception {
        try (ExportClient client = nodes.client(node)) {
            assertThat(client.write(seed * BLOCK, block(seed))).isZero();
            assertThat(client.flush()).isZero();
            assertThat(client.read(seed * BLOCK, BLOCK)).isEqualTo(block(seed));
        }
    }

    /// A write that may fail, with an error or with the end of the connection, but not hang.
    private void tryToWrite(NodeProcess node, long seed) throws Exception {
        try (ExportClient client = nodes.client(node)) {
            assertThat(client.write(seed * BLOCK, block(seed))).isIn(0, EIO, ESHUTDOWN);
        } catch (EOFException e) {
            assertThat(e).hasMessageContaining("closed the connection");
        }
    }

    private void expectServing(NodeProcess node) {
        Await.until(
                node.name() + " serves",
                () -> nodes.primary().filter(primary -> primary == node).isPresent(),
                nodes::logs);
    }

    private void expectBlocks(NodeProcess node, long... seeds) throws Exception {
        try (ExportClient client = nodes.client(node)) {
            for (long seed : seeds) {
                assertThat(client.read(seed * BLOCK, BLOCK)).isEqualTo(block(seed));
            }
        }
    }

    private void expectLeft(NodeProcess judge, String node) {
        Await.until(
                node + " leaves the set",
                () -> {
                    final ResourceStatus status = Nodes.status(judge);
                    return status != null && !status.getInSyncList().contains(node);
                },
                nodes::logs);
    }

    @Test
    void fullProviderOfASecondaryLeavesTheSetAndWritesGoOn() throws Exception {
        b.faultsNow("r", "write all ENOSPC");
        writeAndRead(a, 1);
        expectLeft(a, "b");
        writeAndRead(a, 2);
        assertThat(Nodes.status(b).getReplicasList())
                .filteredOn(replica -> replica.getNode().equals("b"))
                .allMatch(replica -> replica.getState() != ReplicaState.REPLICA_STATE_IN_SYNC);
    }

    @Test
    void fullProviderOfThePrimaryHandsOverAndNoAcknowledgedWriteIsLost() throws Exception {
        writeAndRead(a, 1);
        a.faultsNow("r", "write all ENOSPC");
        tryToWrite(a, 100);
        expectServing(b);
        expectBlocks(b, 1);
        writeAndRead(b, 2);
    }

    @Test
    void unreadableSectorIsReadFromThePeerAndWrittenAgain() throws Exception {
        writeAndRead(a, 3);
        final long data = dataOffset(a);
        final long at = data + 3L * BLOCK;
        a.faultsNow("r", "read %d-%d EIO times 1".formatted(at, at + 511));
        try (ExportClient client = nodes.client(a)) {
            assertThat(client.read(3L * BLOCK, BLOCK)).isEqualTo(block(3));
            // And now from its own provider again.
            assertThat(client.read(3L * BLOCK, BLOCK)).isEqualTo(block(3));
        }
        assertThat(a.count("could not be read and was written again")).isEqualTo(1);
        assertThat(nodes.inSync(2)).isTrue();
    }

    @Test
    void sectorThatAPrimaryCannotWriteMovesTheVolume() throws Exception {
        writeAndRead(a, 1);
        final long at = dataOffset(a) + 7L * BLOCK;
        a.faultsNow("r", "write %d-%d EIO".formatted(at, at + 511));
        writeAndRead(a, 2);
        tryToWrite(a, 7);
        expectServing(b);
        expectBlocks(b, 1, 2);
        writeAndRead(b, 7);
    }

    @Test
    void sectorThatASecondaryCannotWriteCostsItItsPlace() throws Exception {
        final long at = dataOffset(b) + 7L * BLOCK;
        b.faultsNow("r", "write %d-%d EIO".formatted(at, at + 511));
        writeAndRead(a, 2);
        assertThat(Nodes.status(a).getInSyncList()).containsExactly("a", "b");
        writeAndRead(a, 7);
        expectLeft(a, "b");
        expectBlocks(a, 2, 7);
    }

    @Test
    void lastProviderThatFailsAnswersWithAnErrorAndKeepsWhatItHas() throws Exception {
        writeAndRead(a, 1);
        b.kill();
        expectLeft(a, "b");
        a.faultsNow("r", "write all EIO");
        try (ExportClient client = nodes.client(a)) {
            assertThat(client.write(2L * BLOCK, block(2))).isEqualTo(EIO);
        }
        Await.until(
                "a says that its provider failed",
                () -> {
                    final ResourceStatus status = Nodes.status(a);
                    return status != null
                            && status.getState() == ResourceState.RESOURCE_STATE_FAILED;
                },
                nodes::logs);
        a.kill();
        a.faults("r");
        a.started();
        expectServing(a);
        expectBlocks(a, 1);
    }

    @Test
    void hangingProviderOfASecondaryIsLeftBehindWithinTheTimeout() throws Exception {
        b.faultsNow("r", "write all hang");
        writeAndRead(a, 6);
        expectLeft(a, "b");
        b.faultsNow("r");
        nodes.awaitHealthy();
        try (ExportClient client = nodes.client(a)) {
            assertThat(client.read(6L * BLOCK, BLOCK)).isEqualTo(block(6));
        }
    }

    private static long dataOffset(NodeProcess node) {
        return node.control()
                .dump(dev.hast.control.v1.DumpRequest.newBuilder().setName("r").build())
                .getDataOffset();
    }

    @Test
    void everyReplicaHoldsTheSameBytesAfterAll() throws Exception {
        try (ExportClient client = nodes.client(a)) {
            for (long i = 0; i < 50; i++) {
                assertThat(client.write(i * 3 * BLOCK, block(i))).isZero();
            }
            assertThat(client.flush()).isZero();
        }
        final long data = dataOffset(a);
        final byte[] first = java.nio.file.Files.readAllBytes(nodes.provider("a"));
        final byte[] second = java.nio.file.Files.readAllBytes(nodes.provider("b"));
        assertThat(
                        Arrays.equals(
                                first, (int) data, first.length, second, (int) data, second.length))
                .isTrue();
    }
}
