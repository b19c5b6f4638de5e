package dev.hast.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.control.v1.DumpRequest;
import dev.hast.daemon.Await;
import dev.hast.daemon.export.ExportClient;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Three daemons, one of which cannot write its metadata when the configuration changes.
final class MetadataFaultsIT {

    private static final String SPEC =
            """
            primary: a
            replication: {grantDuration: 1s, timeout: 500ms}
            """;
    private static final int BLOCK = 4096;

    @TempDir private Path directory;
    private Nodes nodes;
    private NodeProcess a;
    private NodeProcess b;
    private NodeProcess c;

    @BeforeEach
    void start() throws Exception {
        nodes = new Nodes(directory, SPEC, "a", "b", "c").running();
        a = nodes.node("a");
        b = nodes.node("b");
        c = nodes.node("c");
        write(a, 1);
    }

    @AfterEach
    void stop() throws InterruptedException {
        nodes.close();
    }

    private static byte[] block(int number) {
        final byte[] block = new byte[BLOCK];
        Arrays.fill(block, (byte) number);
        return block;
    }

    private void write(NodeProcess node, int number) throws Exception {
        try (ExportClient client = nodes.client(node)) {
            assertThat(client.write((long) number * BLOCK, block(number))).isZero();
            assertThat(client.flush()).isZero();
        }
    }

    private void expect(NodeProcess node, int... numbers) throws Exception {
        try (ExportClient client = nodes.client(node)) {
            for (int number : numbers) {
                assertThat(client.read((long) number * BLOCK, BLOCK)).isEqualTo(block(number));
            }
        }
    }

    private void failMetadata(NodeProcess node) throws Exception {
        final long data =
                node.control()
                        .dump(DumpRequest.newBuilder().setName(Nodes.RESOURCE).build())
                        .getDataOffset();
        node.faultsNow(Nodes.RESOURCE, "write 0-%d EIO".formatted(data - 1));
    }

    private void expectServing(NodeProcess node) {
        Await.until(
                node.name() + " serves",
                () -> nodes.primary().filter(primary -> primary == node).isPresent(),
                nodes::logs);
    }

    @Test
    void secondaryThatCannotNoteAnEpochLeavesTheSetAndNothingElseIsLost() throws Exception {
        failMetadata(b);
        c.kill();
        write(a, 2);
        Await.until(
                "a alone in the set",
                () ->
                        Nodes.status(a) != null
                                && Nodes.status(a).getInSyncList().equals(java.util.List.of("a")),
                nodes::logs);
        write(a, 3);
        expect(a, 1, 2, 3);
        c.started();
        Await.until("c is back", () -> nodes.inSync(2), nodes::logs);
    }

    @Test
    void primaryThatCannotNoteAnEpochGivesTheVolumeToAMemberThatCan() throws Exception {
        failMetadata(a);
        c.kill();
        expectServing(b);
        expect(b, 1);
        write(b, 2);
    }
}
