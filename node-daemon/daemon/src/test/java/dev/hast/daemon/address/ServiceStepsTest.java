package dev.hast.daemon.address;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ServiceStepsTest {

    @TempDir private Path directory;

    private final FakeStorage storage = new FakeStorage();

    private ServiceSteps steps(GroupDocuments group) {
        return new ServiceSteps(group.follows("r1").made(), storage, directory, new StepTimes());
    }

    private String say(String word) {
        return "echo " + word + " >> " + directory.resolve("said");
    }

    private String said() throws IOException {
        final Path file = directory.resolve("said");
        final String all = Files.exists(file) ? Files.readString(file) : "";
        Files.deleteIfExists(file);
        return all.strip().replace('\n', ' ');
    }

    private GroupDocuments two() {
        return GroupDocuments.group()
                .service("one", say("+1"), say("-1"))
                .service("two", say("+2"), say("-2"));
    }

    @Test
    void servicesStartInOrderAndStopTheOtherWayRound() throws Exception {
        final ServiceSteps steps = steps(two());
        steps.up();
        assertThat(said()).isEqualTo("+1 +2");
        steps.down(false);
        assertThat(said()).isEqualTo("-2 -1");
        steps.down(false);
        assertThat(said()).isEmpty();
    }

    @Test
    void servicesWaitForTheDevicesOfAllThatIsFollowed() throws Exception {
        final Path device = directory.resolve("device");
        storage.device("r1", device);
        final ServiceSteps steps =
                steps(
                        GroupDocuments.group()
                                .service(
                                        "one",
                                        "test -e " + device + " && " + say("+1"),
                                        say("-1")));
        final Thread attaching = Thread.ofPlatform().start(() -> make(device));
        steps.up();
        attaching.join();
        assertThat(said()).isEqualTo("+1");
    }

    private static void make(Path file) {
        try {
            Files.createFile(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void aStepThatFailsUndoesThoseBeforeItAndStopsWhatRunsByHalf() throws Exception {
        final ServiceSteps steps = steps(two().service("three", "echo why; exit 3", say("-3")));
        assertThatThrownBy(steps::up)
                .isInstanceOf(AddressException.class)
                .hasMessageContaining("status 3: why");
        assertThat(said()).isEqualTo("+1 +2 -3 -2 -1");
        steps.down(false);
        assertThat(said()).isEmpty();
    }

    @Test
    void ofTwoPartsThatFailNeitherKeepsTheOthersUp() throws Exception {
        final ServiceSteps steps =
                steps(
                        GroupDocuments.group()
                                .service("one", say("+1"), say("-1"))
                                .service("two", say("+2"), "exit 9")
                                .service("three", say("+3"), say("-3"))
                                .service("four", "exit 4", "exit 5"));
        assertThatThrownBy(steps::up).hasMessageContaining("status 4");
        assertThat(said()).isEqualTo("+1 +2 +3 -3 -1");
        assertThatThrownBy(() -> steps.down(false)).hasMessageContaining("status 9");
        assertThat(said()).as("done once").isEmpty();
    }

    @Test
    void aDocumentThatChangesInBetweenIsForTheNextTime() throws Exception {
        final ServiceSteps steps = steps(two());
        steps.up();
        assertThat(said()).isEqualTo("+1 +2");
        steps.document(
                GroupDocuments.group().follows("r1").service("new", say("+n"), say("-n")).made());
        steps.down(false);
        assertThat(said()).isEqualTo("-2 -1");
        steps.up();
        assertThat(said()).isEqualTo("+n");
    }

    @Test
    void whatAKilledDaemonHasLeftUpIsKnownToTheNext() throws Exception {
        steps(two()).up();
        assertThat(said()).isEqualTo("+1 +2");
        final ServiceSteps next = steps(two());
        assertThat(next.leftOver()).isTrue();
        next.down(true);
        assertThat(said()).isEqualTo("-2 -1");
        assertThat(steps(two()).leftOver()).isFalse();
    }

    @Test
    void whatWasUpBeforeTheMachineWasStartedAnewIsNot() throws Exception {
        steps(two()).up();
        Files.writeString(directory.resolve("vip-g.up"), "another boot");
        assertThat(steps(two()).leftOver()).isFalse();
    }

    @Test
    void aDirectoryThatCannotBeWrittenIsSaidBeforeAnythingIsUp() throws Exception {
        final ServiceSteps steps =
                new ServiceSteps(
                        two().follows("r1").made(),
                        storage,
                        directory.resolve("missing"),
                        new StepTimes());
        assertThatThrownBy(steps::up).hasMessageContaining("vip-g.up can't be written");
        assertThat(said()).isEmpty();
    }
}
