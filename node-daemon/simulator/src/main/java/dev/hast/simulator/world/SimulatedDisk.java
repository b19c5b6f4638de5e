package dev.hast.simulator.world;

import static dev.hast.simulator.kernel.Timeline.MICROSECOND;
import static dev.hast.simulator.kernel.Timeline.MILLISECOND;

import dev.hast.core.metadata.Superblock;
import dev.hast.simulator.kernel.Fault;
import dev.hast.simulator.kernel.RandomSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntConsumer;

/// One machine's disk: takes commands, works on several at once, completes them in any order.
///
/// What is in flight when the process dies has happened, or not, before the next process opens the
/// disk (its lock sees to that).
public final class SimulatedDisk {

    public static final int EIO = -5;
    public static final int ENOSPC = -28;

    /// A command to the disk. Offsets are sectors of the volume.
    sealed interface Command {
        record Read(int sector, int sectors, long[] target) implements Command {}

        record Write(int sector, long[] content, boolean fua) implements Command {}

        record Flush() implements Command {}

        record Persist(int page, byte[] content) implements Command {}

        /// Reads for a hash: the content is handed to the completion's owner in `target`.
        record Scan(int sector, int sectors, long[] target) implements Command {}
    }

    private final class Pending {
        private final Command command;
        private final long order;
        private final IntConsumer done;
        private boolean abandoned;

        Pending(Command command, long order, IntConsumer done) {
            this.command = command;
            this.order = order;
            this.done = done;
        }
    }

    private final World world;
    private final RandomSource random;
    private final SectorStore sectors;
    private final MetadataPages pages;
    private final List<Pending> pending = new ArrayList<>();
    private final Node owner;
    private int slowness = 1;
    private int failing;

    SimulatedDisk(World world, RandomSource random, Node owner, Superblock blank) {
        this.world = world;
        this.random = random;
        this.owner = owner;
        this.sectors =
                new SectorStore((long) world.options().extentsMax * world.options().extentBytes);
        this.pages = new MetadataPages(blank);
    }

    public SectorStore sectors() {
        return sectors;
    }

    public MetadataPages pages() {
        return pages;
    }

    /// Commands take `factor` times as long.
    public void slow(int factor) {
        slowness = factor;
    }

    /// Most writes fail with this negative errno; 0 ends it.
    public void fail(int errno) {
        failing = errno;
    }

    void submit(Command command, IntConsumer done) {
        final Pending request = new Pending(command, sectors.order(), done);
        pending.add(request);
        world.timeline().after(random.duration(latency(command)) * slowness, () -> finish(request));
    }

    private static long latency(Command command) {
        return switch (command) {
            case Command.Read _ -> 60 * MICROSECOND;
            case Command.Write write -> write.fua ? 400 * MICROSECOND : 40 * MICROSECOND;
            case Command.Flush _ -> MILLISECOND;
            case Command.Persist _ -> 400 * MICROSECOND;
            case Command.Scan scan -> scan.sectors * MICROSECOND;
        };
    }

    private void finish(Pending request) {
        if (request.abandoned) {
            return;
        }
        pending.remove(request);
        request.done.accept(carryOut(request));
    }

    private int carryOut(Pending request) {
        return switch (request.command) {
            case Command.Read read -> read(read.sector, read.sectors, read.target);
            case Command.Scan scan -> read(scan.sector, scan.sectors, scan.target);
            case Command.Write write -> {
                if (fails()) {
                    writeSome(write);
                    yield failing;
                }
                sectors.write(write.sector, write.content, write.fua);
                yield 0;
            }
            case Command.Flush _ -> {
                if (failing == EIO && fails()) {
                    yield EIO;
                }
                sectors.flush(request.order);
                yield 0;
            }
            case Command.Persist persist -> {
                if (failing == EIO && fails()) {
                    yield EIO;
                }
                pages.write(persist.page, persist.content);
                world.observer().persisted(owner, persist.page, persist.content);
                yield 0;
            }
        };
    }

    private int read(int sector, int count, long[] target) {
        if (!sectors.readable(sector, count)) {
            return EIO;
        }
        sectors.read(sector, target, count);
        return 0;
    }

    private boolean fails() {
        return failing != 0 && random.chance(0.7);
    }

    private void writeSome(Command.Write write) {
        for (int i = 0; i < write.content.length; i++) {
            if (random.chance(0.5)) {
                sectors.write(write.sector + i, new long[] {write.content[i]}, false);
            }
        }
    }

    /// The process is gone: what it had in flight happens now, in part, or never.
    void abandon(boolean powerCut) {
        for (Pending request : pending) {
            request.abandoned = true;
            final int fate = random.below(3);
            if (fate == 0) {
                continue;
            }
            switch (request.command) {
                case Command.Write write -> {
                    if (fate == 1) {
                        writeSome(write);
                    } else {
                        sectors.write(write.sector, write.content, write.fua);
                    }
                }
                case Command.Persist persist -> abandon(persist, powerCut, fate == 1);
                case Command.Flush _ ->
                        sectors.flush(fate == 1 ? request.order / 2 : request.order);
                case Command.Read _, Command.Scan _ -> {}
            }
        }
        pending.clear();
        if (powerCut) {
            sectors.losePower(random);
        }
    }

    private void abandon(Command.Persist persist, boolean powerCut, boolean inPart) {
        if (!powerCut || !inPart) {
            pages.write(persist.page, persist.content);
            world.observer().persisted(owner, persist.page, persist.content);
        } else if (world.options().has(Fault.MISDIRECTED) && random.chance(0.5)) {
            pages.misdirect(persist.content, random);
        } else {
            pages.tear(persist.page, persist.content, random);
        }
    }
}
