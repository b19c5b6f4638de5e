package dev.hast.daemon.storage;

import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// Random reads, writes, zeroings and flushes, many at a time, that never overlap while in flight;
/// reads are compared with a model.
final class RandomWorkload {
    private static final int REGION = 64 << 10;
    private static final int REGIONS = 64;

    private final StorageLoop loop;
    private final Provider provider;
    private final Random random;
    private final int depth;
    private final byte[] model;
    private final boolean[] busy = new boolean[REGIONS];
    private final List<String> failures = new ArrayList<>();
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private int left;
    private int inFlight;

    RandomWorkload(
            final StorageLoop loop, final Provider provider, final long seed, final int depth)
            throws Exception {
        this.loop = loop;
        this.provider = provider;
        this.random = new Random(seed);
        this.depth = depth;
        this.model = loop.read(provider, 0, REGION * REGIONS);
    }

    void run(final int operations) throws Exception {
        left = operations;
        loop.loop().execute(this::goOn);
        done.get(120, TimeUnit.SECONDS);
    }

    List<String> failures() {
        return failures;
    }

    byte[] expected() {
        return model;
    }

    private void goOn() {
        while (left > 0 && inFlight < depth) {
            left--;
            inFlight++;
            start();
        }
        if (left == 0 && inFlight == 0) {
            done.complete(null);
        }
    }

    private void start() {
        int region = random.nextInt(REGIONS);
        while (busy[region]) {
            region = (region + 1) % REGIONS;
        }
        busy[region] = true;
        final int sector = provider.sectorSize();
        final int sectors = REGION / sector;
        final int first = random.nextInt(sectors);
        final int length = (1 + random.nextInt(sectors - first)) * sector;
        final int offset = region * REGION + first * sector;
        switch (random.nextInt(5)) {
            case 0, 1 -> write(region, offset, length);
            case 2, 3 -> read(region, offset, length);
            default -> {
                if (random.nextInt(4) == 0) {
                    provider.flush(ended(region, "flush"), 0);
                } else {
                    Arrays.fill(model, offset, offset + length, (byte) 0);
                    provider.zero(offset, length, random.nextBoolean(), ended(region, "zero"), 0);
                }
            }
        }
    }

    private void write(final int region, final int offset, final int length) {
        final byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        System.arraycopy(bytes, 0, model, offset, length);
        final ByteBuf buffer = loop.buffers().allocate(length);
        buffer.setBytes(0, bytes);
        final IoCompletion end = ended(region, "write");
        provider.write(
                offset,
                buffer,
                0,
                length,
                (token, result) -> {
                    buffer.release();
                    end.completed(token, result);
                },
                0);
    }

    private void read(final int region, final int offset, final int length) {
        final ByteBuf buffer = loop.buffers().allocate(length);
        final IoCompletion end = ended(region, "read");
        provider.read(
                offset,
                buffer,
                length,
                (token, result) -> {
                    final byte[] bytes = new byte[length];
                    buffer.getBytes(0, bytes);
                    buffer.release();
                    final int at =
                            Arrays.mismatch(bytes, 0, length, model, offset, offset + length);
                    if (at >= 0) {
                        failures.add("read of " + offset + "+" + length + " differs at " + at);
                    }
                    end.completed(token, result);
                },
                0);
    }

    private IoCompletion ended(final int region, final String what) {
        return (token, result) -> {
            if (result != 0) {
                failures.add(what + " in region " + region + " ended with " + result);
            }
            busy[region] = false;
            inFlight--;
            goOn();
        };
    }
}
