package dev.hast.daemon.posix;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/// In a process of its own: memory that is locked stays locked.
final class ProcessCallsIT {
    private static final int CAP_SYS_RESOURCE = 24;

    @Test
    void memoryIsLockedAndTheProcessMarkedAsAFlusherWithoutTheHeapBecomingResident()
            throws Exception {
        Assumptions.assumeTrue(
                (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid") == 0,
                "needs root: memory locking and PR_SET_IO_FLUSHER are privileged");
        final Process process =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-Xms512m",
                                "-cp",
                                System.getProperty("java.class.path"),
                                Locked.class.getName())
                        .redirectErrorStream(true)
                        .start();
        final String output =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        // Root in a container often lacks the capability; then the kernel must say so.
        final int expected = hasCapability(output, CAP_SYS_RESOURCE) ? 1 : -Errno.EPERM;
        assertThat(output).contains("locked 0", "flusher " + expected, "new thread " + expected);
        assertThat(kibibytes(output, "VmLck")).isGreaterThan(100 << 10);
        assertThat(kibibytes(output, "VmRSS")).isLessThan(400 << 10);
    }

    @Test
    void aThreadIsUrgentWhereThatIsAllowedAndThoseThatItStartsAreNot() throws Exception {
        final AtomicBoolean urgent = new AtomicBoolean();
        final AtomicBoolean inherited = new AtomicBoolean();
        final AtomicInteger result = new AtomicInteger();
        final Thread thread =
                new Thread(() -> {
                    result.set(ProcessCalls.urgent());
                    urgent.set(ProcessCalls.isUrgent());
                    final Thread child = new Thread(() -> inherited.set(ProcessCalls.isUrgent()));
                    child.start();
                    join(child);
                });
        thread.start();
        join(thread);
        assertThat(result.get()).isIn(0, -Errno.EPERM);
        assertThat(urgent.get()).isEqualTo(result.get() == 0);
        assertThat(inherited.get()).isFalse();
    }

    private static void join(final Thread thread) {
        try {
            thread.join();
        } catch (final InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    private static boolean hasCapability(final String output, final int number) {
        return output.lines()
                .filter(line -> line.startsWith("CapEff:"))
                .mapToLong(line -> Long.parseLong(line.substring(7).strip(), 16))
                .anyMatch(set -> (set >>> number & 1) == 1);
    }

    private static long kibibytes(final String output, final String name) {
        return output.lines()
                .filter(line -> line.startsWith(name + ":"))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
    }

    /// What hastd does first of all.
    static final class Locked {
        private Locked() {}

        public static void main(final String[] arguments) throws Exception {
            System.out.println("locked " + ProcessCalls.lockMemory());
            ProcessCalls.markIoFlusher();
            System.out.println("flusher " + ProcessCalls.isIoFlusher());
            Thread.ofPlatform()
                    .start(() -> System.out.println("new thread " + ProcessCalls.isIoFlusher()))
                    .join();
            System.out.println(Files.readString(Path.of("/proc/self/status")));
        }
    }
}
