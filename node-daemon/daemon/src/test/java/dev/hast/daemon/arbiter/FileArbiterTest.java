package dev.hast.daemon.arbiter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

final class FileArbiterTest extends ArbiterConformance {

    @TempDir private static Path directory;

    private int rawRevision = 1_000_000;

    @Override
    Calls open() throws IOException {
        return new Calls(new FileArbiter(directory, FileArbiter.LOCK_TIMEOUT));
    }

    @Override
    void putRaw(String name, byte[] record) throws IOException {
        rawRevision++;
        final var head = ("revision " + rawRevision + "\n").getBytes(StandardCharsets.US_ASCII);
        Files.write(
                directory.resolve(name + ".record"),
                ByteBuffer.allocate(head.length + record.length).put(head).put(record).array());
        Files.writeString(directory.resolve(".lock"), Integer.toString(rawRevision));
    }

    @Override
    void delete(String name) throws IOException {
        Files.delete(directory.resolve(name + ".record"));
    }

    @Test
    void recordOutlivesTheProcess(TestInfo test) throws IOException {
        final String name = name(test);
        final Revision created;
        try (Calls calls = open()) {
            created = calls.swapped(name, Revision.ABSENT, Samples.first());
        }
        try (Calls calls = open()) {
            assertThat(calls.found(name).revision()).isEqualTo(created);
        }
    }

    @Test
    void halfWrittenChangeOfACrashedProcessIsIgnored(TestInfo test) throws IOException {
        final String name = name(test);
        try (Calls calls = open()) {
            final Revision created = calls.swapped(name, Revision.ABSENT, Samples.first());
            Files.writeString(directory.resolve(name + ".record.new"), "revision 99");
            assertThat(calls.found(name).revision()).isEqualTo(created);
            calls.swapped(name, created, Samples.next(Samples.first(), 1, 3));
        }
    }

    @Test
    void lockHeldElsewhereIsUnavailableNotUnknown(TestInfo test, @TempDir Path other)
            throws IOException {
        try (Calls calls = new Calls(new FileArbiter(other, Duration.ofMillis(20)));
                FileChannel lock =
                        FileChannel.open(other.resolve(".lock"), StandardOpenOption.WRITE)) {
            try (var held = lock.lock()) {
                assertThat(held.isValid()).isTrue();
                final var outcome = calls.swap(name(test), Revision.ABSENT, Samples.first());
                assertThat(outcome).isInstanceOf(ArbiterOutcome.Unavailable.class);
                assertThat(((ArbiterOutcome.Unavailable) outcome).cause())
                        .contains(other.toString(), "stayed locked");
            }
            calls.swapped(name(test), Revision.ABSENT, Samples.first());
        }
    }

    @Test
    void directoryThatVanishedIsUnavailable(TestInfo test, @TempDir Path other) throws IOException {
        final Path gone = other.resolve("gone");
        try (Calls calls = new Calls(new FileArbiter(gone, FileArbiter.LOCK_TIMEOUT))) {
            Files.delete(gone.resolve(".lock"));
            Files.delete(gone);
            assertThat(calls.swap(name(test), Revision.ABSENT, Samples.first()))
                    .isInstanceOf(ArbiterOutcome.Unavailable.class);
        }
    }

    @Test
    void damagedHeadIsRefused(TestInfo test) throws IOException {
        final String name = name(test);
        Files.writeString(directory.resolve(name + ".record"), "revision minus one\n{}");
        try (Calls calls = open()) {
            assertThat(refused(calls.read(name)))
                    .contains(name + ".record", "the first line is not 'revision' and a number");
        }
    }
}
