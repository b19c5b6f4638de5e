package dev.hast.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.control.v1.DescribeRequest;
import dev.hast.control.v1.GrowRequest;
import dev.hast.control.v1.RemoveReplicaRequest;
import dev.hast.control.v1.ResourceStatus;
import dev.hast.daemon.Await;
import dev.hast.daemon.export.ExportClient;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Orders to running daemons, and what they say of themselves afterwards.
final class OrdersIT {

    private static final String SPEC =
            """
            primary: a
            replication: {grantDuration: 1s, timeout: 500ms}
            """;
    private static final long BEFORE = 16L << 20;
    private static final long AFTER = 24L << 20;
    private static final int BLOCK = 4096;

    @TempDir private Path directory;

    @Test
    void grownSpaceIsThereAndReadsAsZero() throws Exception {
        try (Nodes nodes = new Nodes(directory, SPEC, "a").running()) {
            final NodeProcess a = nodes.node("a");
            a.control()
                    .grow(
                            GrowRequest.newBuilder()
                                    .setName(Nodes.RESOURCE)
                                    .setSizeBytes(AFTER)
                                    .build());
            assertThat(Nodes.status(a).getSizeBytes()).isEqualTo(AFTER);
            try (ExportClient client = nodes.client(a)) {
                assertThat(client.read(BEFORE, BLOCK)).containsOnly(0);
                assertThat(client.read(AFTER - BLOCK, BLOCK)).containsOnly(0);
            }
        }
    }

    @Test
    void removedReplicaIsNoMemberAnyMoreAndTheStatusSaysWhatToDo() throws Exception {
        try (Nodes nodes = new Nodes(directory, SPEC, "a", "b").running()) {
            final NodeProcess a = nodes.node("a");
            a.control()
                    .removeReplica(
                            RemoveReplicaRequest.newBuilder()
                                    .setName(Nodes.RESOURCE)
                                    .setNode("b")
                                    .build());
            final ResourceStatus status = Nodes.status(a);
            assertThat(status.getMembersList()).containsExactly("a");
            assertThat(status.getInSyncList()).containsExactly("a");
            assertThat(status.getReplicasList())
                    .filteredOn(replica -> replica.getNode().equals("b"))
                    .singleElement()
                    .satisfies(replica ->
                            assertThat(replica.getLastError())
                                    .contains("spec.replicas")
                                    .contains("hastctl add-replica"));
        }
    }

    @Test
    void arbiterThatIsAwayIsSaidWithItsCauseAndItsReturnToo() throws Exception {
        try (Nodes nodes = new Nodes(directory, SPEC, "a").running()) {
            final NodeProcess a = nodes.node("a");
            assertThat(arbiterReachable(a)).isTrue();
            final Path arbiter = nodes.arbiter();
            final Path away = arbiter.resolveSibling("away");
            java.nio.file.Files.move(arbiter, away);
            java.nio.file.Files.writeString(arbiter, "no directory");
            final var lost =
                    a.control().describe(DescribeRequest.getDefaultInstance()).getArbiter();
            assertThat(lost.getReachable()).isFalse();
            assertThat(lost.getLastError()).isNotEmpty();
            assertThat(Scraped.of(a).value("hast_arbiter_reachable")).isZero();
            java.nio.file.Files.delete(arbiter);
            java.nio.file.Files.move(away, arbiter);
            Await.until("the arbiter is back", () -> arbiterReachable(a), nodes::logs);
            assertThat(List.of(Nodes.status(a).getPrimary())).containsExactly("a");
        }
    }

    private static boolean arbiterReachable(NodeProcess node) {
        return node.control()
                .describe(DescribeRequest.getDefaultInstance())
                .getArbiter()
                .getReachable();
    }
}
