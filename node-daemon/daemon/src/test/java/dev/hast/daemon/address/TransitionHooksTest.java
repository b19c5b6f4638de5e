package dev.hast.daemon.address;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.core.address.ElectionState;
import dev.hast.daemon.document.VirtualIpDocument.Hooks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TransitionHooksTest {

    private static final Duration LIMIT = Duration.ofSeconds(30);

    @TempDir private Path directory;

    private Path program(String name, String line) throws IOException {
        final Path program =
                Files.writeString(directory.resolve(name), "#!/bin/sh\n" + line + "\n");
        return Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwx------"));
    }

    private TransitionHooks hooks() throws IOException {
        final String say = "echo ${0##*/} $* >> " + directory.resolve("said");
        return new TransitionHooks(
                GroupDocuments.group()
                        .addresses("192.0.2.10", "2001:db8::10")
                        .hooks(
                                new Hooks(
                                        Optional.of(program("exec", say)),
                                        Optional.of(program("up", say)),
                                        Optional.of(program("down", say)),
                                        LIMIT))
                        .made(),
                "eth0");
    }

    private List<String> said(TransitionHooks hooks) throws IOException {
        hooks.close();
        hooks.await(LIMIT);
        return Files.readAllLines(directory.resolve("said"));
    }

    @Test
    void downRunsAtTheStartAndOnceForEachLeave() throws Exception {
        final TransitionHooks hooks = hooks();
        for (final ElectionState state :
                List.of(
                        ElectionState.INIT,
                        ElectionState.BACKUP,
                        ElectionState.PROMOTING,
                        ElectionState.MASTER,
                        ElectionState.YIELDING,
                        ElectionState.BACKUP,
                        ElectionState.INIT)) {
            hooks.state(state);
        }
        assertThat(said(hooks))
                .containsExactly(
                        "exec CARP 7@eth0 INIT",
                        "down eth0 192.0.2.10",
                        "down eth0 2001:db8:0:0:0:0:0:10",
                        "exec CARP 7@eth0 BACKUP",
                        "exec CARP 7@eth0 MASTER",
                        "up eth0 192.0.2.10",
                        "up eth0 2001:db8:0:0:0:0:0:10",
                        "exec CARP 7@eth0 BACKUP",
                        "down eth0 192.0.2.10",
                        "down eth0 2001:db8:0:0:0:0:0:10",
                        "exec CARP 7@eth0 INIT");
    }

    @Test
    void aProgramThatFailsOrIsMissingHoldsUpNoOther() throws Exception {
        final TransitionHooks hooks =
                new TransitionHooks(
                        GroupDocuments.group()
                                .hooks(
                                        new Hooks(
                                                Optional.of(directory.resolve("missing")),
                                                Optional.of(program("up", "exit 1")),
                                                Optional.of(
                                                        program(
                                                                "down",
                                                                "echo down >> "
                                                                        + directory.resolve(
                                                                                "said"))),
                                                LIMIT))
                                .made(),
                        "eth0");
        hooks.state(ElectionState.MASTER);
        hooks.state(ElectionState.BACKUP);
        assertThat(said(hooks)).containsExactly("down");
    }

    @Test
    void aProgramThatHangsIsEndedAfterItsTime() throws Exception {
        final TransitionHooks hooks =
                new TransitionHooks(
                        GroupDocuments.group()
                                .hooks(
                                        new Hooks(
                                                Optional.of(
                                                        program("exec", "exec tail -f /dev/null")),
                                                Optional.empty(),
                                                Optional.empty(),
                                                Duration.ofMillis(200)))
                                .made(),
                        "eth0");
        hooks.state(ElectionState.MASTER);
        hooks.close();
        assertThat(hooks.await(LIMIT)).isTrue();
    }
}
