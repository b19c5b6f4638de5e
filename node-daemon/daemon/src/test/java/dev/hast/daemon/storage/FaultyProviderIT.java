package dev.hast.daemon.storage;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hast.daemon.posix.Errno;
import dev.hast.daemon.storage.fault.FaultRule;
import dev.hast.daemon.storage.fault.FaultyProvider;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FaultyProviderIT {
    private final StorageLoop loop = new StorageLoop(EngineChoice.AUTO);

    @TempDir Path directory;

    private LocalProvider below;
    private FaultyProvider provider;

    @BeforeEach
    void open() throws Exception {
        final Path file = directory.resolve("provider");
        LocalProvider.createFile(file, 1 << 20, false);
        below = loop.open(file, ProviderOptions.defaults());
        provider = new FaultyProvider(below, loop.loop());
    }

    @AfterEach
    void close() throws Exception {
        loop.closeAndWait(below);
        loop.close();
    }

    @Test
    void onlyTheChosenRequestFailsAndDoesNotReachTheProvider() throws Exception {
        rules("write 4096-8191 EIO after 1 times 1", "flush all ENOSPC times 1");
        final byte[] first = bytes(1);
        final byte[] second = bytes(2);
        assertThat(loop.write(provider, 4096, first)).isZero();
        assertThat(loop.write(provider, 4096, second)).isEqualTo(-Errno.EIO);
        assertThat(loop.read(provider, 4096, 4096)).isEqualTo(first);
        assertThat(loop.write(provider, 8192, second)).isZero();
        assertThat(loop.write(provider, 4096, second)).isZero();
        assertThat(loop.read(provider, 4096, 4096)).isEqualTo(second);
        assertThat(loop.flush(provider)).isEqualTo(-Errno.ENOSPC);
        assertThat(loop.flush(provider)).isZero();
    }

    @Test
    void aRequestThatHangsGoesOnWhenItsRuleIsGone() throws Exception {
        rules("zero all hang");
        loop.write(provider, 0, bytes(9));
        final CompletableFuture<Integer> zeroed = new CompletableFuture<>();
        loop.call(() -> {
            provider.zero(0, 4096, true, (token, result) -> zeroed.complete(result), 0);
            return true;
        });
        assertThat(loop.read(provider, 0, 4096)).isEqualTo(bytes(9));
        assertThat(zeroed).isNotDone();
        rules();
        assertThat(zeroed.get(1, TimeUnit.MINUTES)).isZero();
        assertThat(loop.read(provider, 0, 4096)).containsOnly(0);
    }

    @Test
    void aDelayedRequestIsCarriedOut() throws Exception {
        rules("any all delay 20ms");
        assertThat(loop.write(provider, 0, bytes(3))).isZero();
        assertThat(loop.read(provider, 0, 4096)).isEqualTo(bytes(3));
    }

    private void rules(final String... lines) throws Exception {
        final List<FaultRule> rules = List.of(lines).stream().map(FaultRule::parse).toList();
        loop.call(() -> {
            provider.setRules(rules);
            return true;
        });
    }

    private static byte[] bytes(final int value) {
        final byte[] bytes = new byte[4096];
        java.util.Arrays.fill(bytes, (byte) value);
        return bytes;
    }
}
