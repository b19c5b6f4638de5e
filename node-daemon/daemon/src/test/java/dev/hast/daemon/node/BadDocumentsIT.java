package dev.hast.daemon.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.control.v1.ReloadRequest;
import dev.hast.daemon.export.ExportClient;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Daemons that are given documents that are wrong: at the start, and while they run.
final class BadDocumentsIT {

    private static final int BLOCK = 4096;
    private static final String SPEC = "primary: a\n";
    private static final String BAD = "primary: a\nreplication: {mode: fullsink}\n";
    private static final int EX_CONFIG = 78;

    @TempDir private Path directory;

    @Test
    void startIsRefusedWithFileLineFieldAndMend() throws Exception {
        try (Nodes nodes = new Nodes(directory, BAD, "a")) {
            final NodeProcess a = nodes.node("a");
            a.start();
            assertThat(a.ended()).isEqualTo(EX_CONFIG);
            assertThat(a.lastLines())
                    .contains("nodes.yaml:")
                    .contains("spec.replication.mode")
                    .contains("fullsink")
                    .contains("fullsync");
        }
    }

    @Test
    void reloadIsRefusedAndTheVolumeGoesOnWithTheDocumentsThatItHas() throws Exception {
        try (Nodes nodes = new Nodes(directory, SPEC, "a").running()) {
            final NodeProcess a = nodes.node("a");
            try (ExportClient client = nodes.client(a)) {
                assertThat(client.write(0, new byte[BLOCK])).isZero();
                nodes.rewrite(BAD);
                assertThat(a.control().reload(ReloadRequest.getDefaultInstance()).getErrorsList())
                        .singleElement()
                        .asString()
                        .contains("nodes.yaml:")
                        .contains("spec.replication.mode")
                        .contains("fullsync");
                assertThat(client.write(0, new byte[BLOCK])).isZero();
                nodes.rewrite("primary: a\nreplication: {timeout: 700ms}\n");
                assertThat(a.control().reload(ReloadRequest.getDefaultInstance()).getChangesList())
                        .singleElement()
                        .satisfies(change -> assertThat(change.getWhat()).contains("timeout"));
                assertThat(client.write(0, new byte[BLOCK])).isZero();
            }
        }
    }
}
