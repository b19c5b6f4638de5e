package dev.hast.daemon.storage;

/// How to open a provider.
///
/// @param engine how I/O is carried out
/// @param queueDepth most requests in flight at the device at once, 1 to 4096; more wait in order
/// @param queueLimit most requests accepted and not completed, at least `queueDepth`, at most
///   32767; beyond it `-EAGAIN`
/// @param threads most threads of the fallback engine, for this provider alone: a device that hangs
///   holds up nobody else
/// @param sectorSize 512 or 4096 to insist on at least that, 0 for what the provider has
public record ProviderOptions(
        EngineChoice engine, int queueDepth, int queueLimit, int threads, int sectorSize) {
    public ProviderOptions {
        require(queueDepth >= 1 && queueDepth <= 4096, "queueDepth", queueDepth);
        require(
                queueLimit >= queueDepth && queueLimit <= Short.MAX_VALUE,
                "queueLimit",
                queueLimit);
        require(threads >= 1 && threads <= 256, "threads", threads);
        require(
                sectorSize == 0 || sectorSize == 512 || sectorSize == 4096,
                "sectorSize",
                sectorSize);
    }

    public static ProviderOptions defaults() {
        return new ProviderOptions(EngineChoice.AUTO, 128, 4096, 32, 0);
    }

    public ProviderOptions withEngine(final EngineChoice choice) {
        return new ProviderOptions(choice, queueDepth, queueLimit, threads, sectorSize);
    }

    public ProviderOptions withQueue(final int depth, final int limit) {
        return new ProviderOptions(engine, depth, limit, threads, sectorSize);
    }

    public ProviderOptions withSectorSize(final int bytes) {
        return new ProviderOptions(engine, queueDepth, queueLimit, threads, bytes);
    }

    private static void require(final boolean holds, final String name, final int value) {
        if (!holds) {
            throw new IllegalArgumentException("provider option " + name + " cannot be " + value);
        }
    }
}
