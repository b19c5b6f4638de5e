package dev.hast.daemon.resource;

import dev.hast.core.metadata.MetadataLayout;
import dev.hast.core.metadata.StoredReplica;
import dev.hast.core.metadata.Superblock;
import dev.hast.core.metadata.SuperblockCodec;
import dev.hast.core.metadata.UnsupportedFormatException;
import dev.hast.daemon.document.ResourceDocument;
import dev.hast.daemon.document.ResourceDocument.PoolName;
import dev.hast.daemon.document.ResourceDocument.ProviderPath;
import dev.hast.daemon.storage.BlockBuffers;
import dev.hast.daemon.storage.EngineChoice;
import dev.hast.daemon.storage.IoCompletion;
import dev.hast.daemon.storage.LocalProvider;
import dev.hast.daemon.storage.Provider;
import dev.hast.daemon.storage.ProviderFinding;
import dev.hast.daemon.storage.ProviderInspection;
import dev.hast.daemon.storage.ProviderOptions;
import dev.hast.daemon.storage.fault.FaultInjection;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/// Opens providers, and makes new ones (`hastctl create`).
final class ProviderMaker {

    private static final int SUPERBLOCKS_BYTES =
            MetadataLayout.SUPERBLOCKS * MetadataLayout.PAGE_BYTES;
    private static final ProviderInspection.Magic OURS =
            new ProviderInspection.Magic(
                    0,
                    ByteBuffer.allocate(Long.BYTES)
                            .order(ByteOrder.LITTLE_ENDIAN)
                            .putLong(SuperblockCodec.MAGIC)
                            .array());

    /// A provider with a replica's metadata.
    ///
    /// @param access how it is to be read and written: in tests, through faults
    record Opened(LocalProvider provider, Provider access, StoredReplica stored) {}

    /// What `create` shall make.
    record Wish(
            ResourceDocument document,
            String node,
            Path path,
            int extentBytes,
            long volumeBytes,
            boolean force) {}

    private final EventLoop loop;
    private final BlockBuffers blocks;

    ProviderMaker(EventLoop loop, BlockBuffers blocks) {
        this.loop = loop;
        this.blocks = blocks;
    }

    /// Where the document puts the replica of a node.
    static Path place(ResourceDocument document, String node) throws ResourceException {
        return switch (document.replicaOn(node).orElseThrow().place()) {
            case ProviderPath path -> Path.of(path.path());
            case PoolName pool ->
                    throw new ResourceException(
                            "%s wants a provider from pool %s, which only the operator can make; give a provider path"
                                    .formatted(document.name(), pool.pool()));
        };
    }

    /// Opens the provider of a resource; empty when it holds no metadata of ours.
    CompletableFuture<Optional<Opened>> open(String resource, String node, Path path) {
        if (!Files.exists(path)) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        return openProvider(path)
                .thenComposeAsync(
                        provider ->
                                LocalStore.readArea(provider, blocks, SUPERBLOCKS_BYTES)
                                        .thenCompose(
                                                area -> read(provider, area, resource, node, path))
                                        .whenComplete((found, failure) -> {
                                            if (failure != null || found.isEmpty()) {
                                                provider.close();
                                            }
                                        }),
                        loop);
    }

    private CompletableFuture<LocalProvider> openProvider(Path path) {
        final CompletableFuture<LocalProvider> opened = new CompletableFuture<>();
        LocalProvider.open(path, ProviderOptions.defaults().withEngine(EngineChoice.AUTO), loop)
                .addListener((io.netty.util.concurrent.Future<LocalProvider> done) -> {
                    if (done.isSuccess()) {
                        opened.complete(done.getNow());
                    } else {
                        opened.completeExceptionally(done.cause());
                    }
                });
        return opened;
    }

    private CompletableFuture<Optional<Opened>> read(
            LocalProvider provider, byte[] area, String resource, String node, Path path) {
        final Optional<Superblock> found;
        try {
            found = StoredReplica.superblock(area);
        } catch (UnsupportedFormatException e) {
            return CompletableFuture.failedFuture(
                    new ResourceException(path + ": " + e.getMessage(), e));
        }
        if (found.isEmpty()) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        final Superblock block = found.get();
        if (!block.name().equals(resource) || !block.node().equals(node)) {
            return CompletableFuture.failedFuture(
                    new ResourceException(
                            "%s holds the replica of resource %s of node %s, not of %s on %s; correct the document, or create it anew with `hastctl create --force %s`"
                                    .formatted(
                                            path,
                                            block.name(),
                                            block.node(),
                                            resource,
                                            node,
                                            resource)));
        }
        final int bytes = block.layout().pages() * MetadataLayout.PAGE_BYTES;
        return LocalStore.readArea(provider, blocks, bytes)
                .thenApply(all ->
                        Optional.of(
                                new Opened(
                                        provider,
                                        FaultInjection.around(provider, resource, loop),
                                        StoredReplica.read(block, all))));
    }

    // --- create ---

    /// Makes a provider blank: metadata, and zeroes wherever the volume may be read (S10). Runs off
    /// the loop.
    CompletableFuture<Opened> create(Wish wish) {
        final MetadataLayout layout;
        try {
            layout = prepare(wish);
        } catch (ResourceException | IOException e) {
            return CompletableFuture.failedFuture(e);
        }
        return openProvider(wish.path())
                .thenComposeAsync(provider -> format(provider, layout, wish), loop);
    }

    private MetadataLayout prepare(Wish wish) throws ResourceException, IOException {
        final long volume = wish.volumeBytes();
        if (!Files.exists(wish.path())) {
            if (volume == 0 || wish.path().startsWith("/dev")) {
                throw new ResourceException(
                        "%s does not exist; make it, or give spec.size so that a file can be made"
                                .formatted(wish.path()));
            }
            final MetadataLayout layout = MetadataLayout.forVolume(volume, wish.extentBytes());
            try (RandomAccessFile file = new RandomAccessFile(wish.path().toFile(), "rw")) {
                file.setLength(layout.dataOffset() + volume);
            }
            return layout;
        }
        final MetadataLayout layout =
                MetadataLayout.forVolume(
                        volume == 0 ? sizeOf(wish.path()) : volume, wish.extentBytes());
        final long needed =
                layout.dataOffset() + Math.max(volume, ResourceDocument.SIZE_MIN.bytes());
        final ProviderFinding finding = new ProviderInspection().inspect(wish.path(), needed, OURS);
        final boolean ours = finding instanceof ProviderFinding.Ours;
        if (ours && !wish.force()) {
            throw new ResourceException(
                    finding.message()
                            + "; its data would be lost: `hastctl create --force` makes it anew");
        }
        if (!finding.isFree() && !(wish.force() && finding.mayBeForced())) {
            throw new ResourceException(finding.message());
        }
        return layout;
    }

    private static long sizeOf(Path path) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
            return file.length() > 0 ? file.length() : file.getChannel().size();
        }
    }

    private CompletableFuture<Opened> format(
            LocalProvider provider, MetadataLayout layout, Wish wish) {
        final CompletableFuture<Void> zeroed = new CompletableFuture<>();
        final IoCompletion done =
                (token, result) -> {
                    if (result < 0) {
                        zeroed.completeExceptionally(
                                new ResourceException(
                                        "%s cannot be zeroed, errno %d"
                                                .formatted(wish.path(), -result)));
                    } else {
                        zeroed.complete(null);
                    }
                };
        // First the old metadata goes, so that a create that is cut short leaves a provider that is
        // nobody's.
        final Provider access = FaultInjection.around(provider, wish.document().name(), loop);
        access.zero(0, provider.capacity(), true, done, 0);
        final Superblock blank =
                Superblock.blank(
                        new SecureRandom().nextLong(),
                        wish.document().name(),
                        wish.node(),
                        wish.extentBytes(),
                        layout);
        final byte[] area = StoredReplica.format(blank);
        return zeroed.thenCompose(nothing -> LocalStore.writeArea(access, blocks, area))
                .thenApply(nothing -> new Opened(provider, access, StoredReplica.read(blank, area)))
                .whenComplete((opened, failure) -> {
                    if (failure != null) {
                        provider.close();
                    }
                });
    }

    /// What a failed future was completed with.
    static Throwable causeOf(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null
                ? failure.getCause()
                : failure;
    }
}
