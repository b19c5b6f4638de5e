package dev.hast.daemon.attachment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hast.daemon.attachment.NbdServer.Shell;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Real helpers, a real loop device, a real file system.
@Timeout(120)
final class NbdfuseAttachmentIT {
    private static final long SIZE = 64L << 20;
    private static final String NAME = "demo";

    @TempDir Path directory;

    private NbdServer server;
    private AttachmentSettings settings;
    private NbdfuseAttachment attachment;
    private Path mountPoint;

    @BeforeEach
    void startServer() throws IOException {
        assumeTrue("root".equals(System.getProperty("user.name")), "attaching needs root");
        assumeTrue(NbdfuseAttachment.missing().isEmpty(), "nbdfuse, /dev/fuse and loop devices");
        assumeTrue(Programs.find("nbdkit").isPresent(), "nbdkit");
        server = new NbdServer(Files.createDirectory(directory.resolve("server")), SIZE);
        settings =
                AttachmentSettings.defaults()
                        .withDirectories(directory.resolve("dev"), directory.resolve("run"))
                        .withTimeouts(Duration.ofSeconds(4), Duration.ofSeconds(20));
        attachment = new NbdfuseAttachment(settings);
        mountPoint = Files.createDirectory(directory.resolve("mnt"));
    }

    @AfterEach
    void takeEverythingAway() throws IOException {
        if (attachment == null) {
            return;
        }
        if (Shell.run("cat", "/proc/self/mountinfo").contains(" " + mountPoint + " ")) {
            Shell.run("umount", "--lazy", mountPoint.toString());
        }
        attachment.detach(NAME, DetachMode.EVEN_IF_USED);
        attachment.close();
        server.close();
    }

    private AttachmentRequest request() {
        return new AttachmentRequest(NAME, "0123abcd", server.address());
    }

    private AttachedDevice attachWithFileSystem() throws IOException {
        final AttachedDevice device = attachment.attach(request());
        Shell.run("mkfs.ext4", "-F", "-q", device.link().toString());
        Shell.run("mount", device.link().toString(), mountPoint.toString());
        return device;
    }

    private void writeAndSync(final String file, final String text) throws IOException {
        try (FileChannel channel =
                FileChannel.open(
                        mountPoint.resolve(file),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
            channel.force(true);
        }
    }

    private void assertNothingIsLeft(final Path device) {
        assertThat(attachment.status(NAME)).isEmpty();
        assertThat(NbdfuseRemains.find(settings.runDirectory(), NAME).isNothing()).isTrue();
        assertThat(settings.runDirectory()).isEmptyDirectory();
        assertThat(settings.deviceDirectory()).isEmptyDirectory();
        assertThat(new LoopDevice(device).isBound()).isFalse();
    }

    @Test
    void fileSystemOnTheDeviceComesBackAfterDetachAndAttach() throws IOException {
        final AttachedDevice device = attachWithFileSystem();
        assertThat(device.size()).isEqualTo(SIZE);
        assertThat(device.adopted()).isFalse();
        assertThat(device.link()).isEqualTo(settings.deviceDirectory().resolve(NAME));
        assertThat(Files.readSymbolicLink(device.link())).isEqualTo(device.device());
        assertThat(new LoopDevice(device.device()).isDirect()).isTrue();
        writeAndSync("hello", "world");
        Shell.run("umount", mountPoint.toString());
        attachment.detach(NAME, DetachMode.IF_UNUSED);
        assertNothingIsLeft(device.device());

        final AttachedDevice again = attachment.attach(request());
        Shell.run("mount", again.link().toString(), mountPoint.toString());
        assertThat(mountPoint.resolve("hello")).hasContent("world");
        Shell.run("umount", mountPoint.toString());
    }

    @Test
    void fsyncOfAFileReachesTheExportAsFlush() throws IOException {
        attachWithFileSystem();
        final int before = server.log().length();
        writeAndSync("record", "must survive");
        assertThat(server.log().substring(before)).contains("Write id=").contains("Flush id=");
    }

    @Test
    void mountedDeviceIsNotDetachedAndTheMountIsNamed() throws IOException {
        final AttachedDevice device = attachWithFileSystem();
        assertThatThrownBy(() -> attachment.detach(NAME, DetachMode.IF_UNUSED))
                .isInstanceOf(DeviceInUseException.class)
                .hasMessageContaining("ext4 mounted on " + mountPoint);
        assertThat(attachment.status(NAME).orElseThrow().inUse()).isTrue();
        assertThat(device.link()).isSymbolicLink();
        writeAndSync("still", "there");
    }

    @Test
    void deviceThatAProcessHasOpenIsNotDetachedAndTheProcessIsNamed() throws IOException {
        final AttachedDevice device = attachment.attach(request());
        final Process holder =
                new ProcessBuilder("sleep", "60").redirectInput(device.device().toFile()).start();
        try {
            assertThatThrownBy(() -> attachment.detach(NAME, DetachMode.IF_UNUSED))
                    .isInstanceOf(DeviceInUseException.class)
                    .hasMessageContaining("process " + holder.pid() + " (sleep)");
        } finally {
            holder.destroyForcibly();
        }
    }

    @Test
    void exportMayRestartUnderAMountedFileSystem() throws Exception {
        attachWithFileSystem();
        server.kill();
        final CompletableFuture<Void> write =
                CompletableFuture.runAsync(() -> {
                    try {
                        writeAndSync("late", "not lost");
                    } catch (final IOException failure) {
                        throw new java.io.UncheckedIOException(failure);
                    }
                });
        server.startAgain();
        write.get(30, TimeUnit.SECONDS);
        assertThat(mountPoint.resolve("late")).hasContent("not lost");
        assertThat(attachment.status(NAME).orElseThrow().connected()).isTrue();
    }

    @Test
    void nextDaemonTakesOverTheDeviceOfTheOneBefore() throws IOException {
        final AttachedDevice before = attachWithFileSystem();
        attachment.close();
        attachment = new NbdfuseAttachment(settings);
        final AttachedDevice after = attachment.attach(request());
        assertThat(after.adopted()).isTrue();
        assertThat(after.device()).isEqualTo(before.device());
        writeAndSync("after", "the restart");
    }

    @Test
    void deviceOutlivesTheThreadThatAttachedIt() throws Exception {
        final Thread attaching =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                attachWithFileSystem();
                            } catch (IOException e) {
                                throw new UncheckedIOException(e);
                            }
                        });
        attaching.join();
        writeAndSync("after", "the thread");
        assertThat(attachment.status(NAME).orElseThrow().connected()).isTrue();
    }

    @Test
    void deviceOfAnotherVolumeOfTheSameNameIsNotTakenOver() throws IOException {
        attachment.attach(request());
        final AttachedDevice other =
                attachment.attach(new AttachmentRequest(NAME, "another", server.address()));
        assertThat(other.adopted()).isFalse();
    }

    @Test
    void deathOfAHelperIsSeenAndAttachingAgainMakesAFreshDevice() throws IOException {
        attachment.attach(request());
        final NbdfuseRemains remains = NbdfuseRemains.find(settings.runDirectory(), NAME);
        Shell.run("kill", "-KILL", Long.toString(remains.fuse().orElseThrow().pid()));
        Deadline.in(Duration.ofSeconds(10)).await(() -> !remains.fuse().orElseThrow().isAlive());
        assertThat(attachment.status(NAME).orElseThrow().connected()).isFalse();

        final AttachedDevice fresh = attachment.attach(request());
        assertThat(fresh.adopted()).isFalse();
        assertThat(attachment.status(NAME).orElseThrow().connected()).isTrue();
    }

    @Test
    void leftoversOfACrashedDaemonAreRemovedWhateverPartsAreLeft() throws IOException {
        final AttachedDevice device = attachment.attach(request());
        attachment.close();
        final NbdfuseRemains remains = NbdfuseRemains.find(settings.runDirectory(), NAME);
        remains.proxy().orElseThrow().kill();
        attachment = new NbdfuseAttachment(settings);
        assertThat(attachment.removeLeftovers(Set.of("other"))).isEmpty();
        assertNothingIsLeft(device.device());
    }

    @Test
    void leftoverThatIsWantedOrInUseStays() throws IOException {
        attachWithFileSystem();
        assertThat(attachment.removeLeftovers(Set.of(NAME))).isEmpty();
        final List<AttachmentStatus> staying = attachment.removeLeftovers(Set.of());
        assertThat(staying).extracting(AttachmentStatus::name).containsExactly(NAME);
        writeAndSync("still", "there");
    }

    @Test
    void detachDoesNotWaitForAnExportThatHangs() throws Exception {
        attachWithFileSystem();
        server.freeze();
        final CompletableFuture<Void> stuck =
                CompletableFuture.runAsync(() -> {
                    try {
                        writeAndSync("stuck", "in flight");
                    } catch (final IOException expected) {
                        throw new java.io.UncheckedIOException(expected);
                    }
                });
        attachment.detach(NAME, DetachMode.EVEN_IF_USED);
        assertThat(stuck).failsWithin(Duration.ofSeconds(20));
        server.thaw();
    }

    @Test
    void absentExportIsNamedAndNothingIsLeftBehind() {
        server.kill();
        assertThatThrownBy(() -> attachment.attach(request()))
                .isInstanceOf(AttachmentException.class)
                .hasMessageContaining(server.socket().toString())
                .hasMessageContaining("ECONNREFUSED");
        assertThat(attachment.status(NAME)).isEmpty();
        assertThat(settings.runDirectory()).doesNotExist();
    }
}
