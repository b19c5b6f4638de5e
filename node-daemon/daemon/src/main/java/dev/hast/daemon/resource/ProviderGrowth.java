package dev.hast.daemon.resource;

import dev.hast.daemon.storage.LocalProvider;
import java.util.concurrent.CompletableFuture;

/// Makes the provider of a running replica larger, and tells the replica when what was gained reads
/// as zero (S10): a device or file may hold old data there.
///
/// On the loop.
final class ProviderGrowth {

    private final LocalProvider provider;
    private final ReplicaShell shell;

    ProviderGrowth(LocalProvider provider, ReplicaShell shell) {
        this.provider = provider;
        this.shell = shell;
    }

    /// Makes room for a volume of `size` bytes, if the provider can grow. Completes in any case:
    /// whether there is room now, the replica knows.
    CompletableFuture<Void> to(long size) {
        final CompletableFuture<Void> enlarged = new CompletableFuture<>();
        if (shell.replica().capacity() >= size) {
            enlarged.complete(null);
            return enlarged;
        }
        final long before = provider.capacity();
        provider.grow(shell.dataOffset() + size, (token, result) -> zero(before, enlarged), 0);
        return enlarged;
    }

    private void zero(long before, CompletableFuture<Void> enlarged) {
        final long gained = provider.capacity() - before;
        if (gained <= 0) {
            enlarged.complete(null);
            return;
        }
        provider.zero(
                before,
                gained,
                true,
                (token, result) -> {
                    if (result == 0) {
                        shell.replica().providerBytes(provider.capacity(), shell.enter());
                        shell.leave();
                    }
                    enlarged.complete(null);
                },
                0);
    }
}
