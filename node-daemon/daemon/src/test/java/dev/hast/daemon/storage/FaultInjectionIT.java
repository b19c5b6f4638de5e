package dev.hast.daemon.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.storage.fault.FaultInjection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

@ResourceLock(Resources.SYSTEM_PROPERTIES)
final class FaultInjectionIT {
    @TempDir Path directory;

    @AfterEach
    void forget() {
        System.clearProperty(FaultInjection.PROPERTY);
    }

    @Test
    void withoutThePropertyTheProviderIsLeftAlone() throws Exception {
        try (StorageLoop loop = new StorageLoop(EngineChoice.AUTO)) {
            final LocalProvider provider = open(loop);
            assertThat(FaultInjection.around(provider, "r0", loop.loop())).isSameAs(provider);
            loop.closeAndWait(provider);
        }
    }

    @Test
    void theRulesOfARunningProviderFollowTheirFile() throws Exception {
        System.setProperty(FaultInjection.PROPERTY, directory.toString());
        rules("# nothing works\nany all EIO\n");
        try (StorageLoop loop = new StorageLoop(EngineChoice.AUTO)) {
            final LocalProvider below = open(loop);
            final Provider provider =
                    loop.call(() -> FaultInjection.around(below, "r0", loop.loop()));
            assertThat(loop.flush(provider)).isEqualTo(-Errno.EIO);
            rules("");
            final CompletableFuture<Boolean> healed = new CompletableFuture<>();
            loop.loop().execute(() -> flushUntilItWorks(loop, provider, healed));
            assertThat(healed.get(1, TimeUnit.MINUTES)).isTrue();
            loop.closeAndWait(below);
        }
    }

    private static void flushUntilItWorks(
            final StorageLoop loop,
            final Provider provider,
            final CompletableFuture<Boolean> healed) {
        provider.flush(
                (token, result) -> {
                    if (result == 0) {
                        healed.complete(true);
                    } else {
                        loop.loop()
                                .schedule(
                                        () -> flushUntilItWorks(loop, provider, healed),
                                        10,
                                        TimeUnit.MILLISECONDS);
                    }
                },
                0);
    }

    private LocalProvider open(final StorageLoop loop) throws Exception {
        final Path file = directory.resolve("provider");
        LocalProvider.createFile(file, 1 << 20, false);
        return loop.open(file, ProviderOptions.defaults());
    }

    private void rules(final String text) throws Exception {
        final Path fresh = Files.writeString(directory.resolve("r0.new"), text);
        Files.move(fresh, directory.resolve("r0"), StandardCopyOption.ATOMIC_MOVE);
    }
}
