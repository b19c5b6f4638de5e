package dev.hast.daemon.attachment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DeviceLinksTest {
    @TempDir Path directory;

    @Test
    void linkIsMadeReplacedAndWithdrawn() throws IOException {
        final DeviceLinks links = new DeviceLinks(directory.resolve("hast"));
        final Path link = links.publish("demo", Path.of("/dev/nbd0"));
        assertThat(Files.readSymbolicLink(link)).isEqualTo(Path.of("/dev/nbd0"));
        links.publish("demo", Path.of("/dev/nbd1"));
        assertThat(Files.readSymbolicLink(link)).isEqualTo(Path.of("/dev/nbd1"));
        links.withdraw("demo");
        links.withdraw("demo");
        assertThat(directory.resolve("hast")).isEmptyDirectory();
    }

    @Test
    void fileThatIsNoLinkIsNeitherReplacedNorRemoved() throws IOException {
        final DeviceLinks links = new DeviceLinks(directory);
        Files.writeString(directory.resolve("demo"), "somebody's");
        assertThatThrownBy(() -> links.publish("demo", Path.of("/dev/nbd0")))
                .isInstanceOf(AttachmentException.class)
                .hasMessageContaining("is not a symbolic link");
        links.withdraw("demo");
        assertThat(directory.resolve("demo")).hasContent("somebody's");
    }

    @Test
    void nameThatCouldLeaveTheDirectoryIsRefused() {
        final ExportAddress export = new ExportAddress.Tcp("127.0.0.1", 10809);
        for (final String name : new String[] {"", "..", "a/b", ".hidden", "-x", "a b"}) {
            assertThatThrownBy(() -> new AttachmentRequest(name, "1", export))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("cannot name a device");
        }
    }
}
