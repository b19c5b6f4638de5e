package dev.hast.daemon.resource;

import dev.hast.core.replication.Replica;
import dev.hast.daemon.export.ExtentSink;
import dev.hast.daemon.export.Volume;
import dev.hast.daemon.storage.IoCompletion;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The volume as clients see it: turns their requests into the replica's and the replica's answers
/// into theirs.
///
/// Answers are handed out after the replica has returned: a client may ask for more as soon as it
/// has one.
final class ClientVolume implements Volume {

    private final ReplicaShell shell;
    private final int blockSize;

    private long[] clientRequests = new long[64];
    private @Nullable IoCompletion[] completions = new IoCompletion[64];
    private long[] zeroOffset = new long[64];
    private long[] zeroLeft = new long[64];
    private boolean[] zeroUnmap = new boolean[64];
    private boolean[] zeroFua = new boolean[64];
    private int[] next = new int[64];
    private int free;

    private int[] answered = new int[64];
    private int[] answers = new int[64];
    private int answeredCount;
    private boolean handingOut;

    private final Statistics statistics;

    ClientVolume(ReplicaShell shell, int blockSize, Statistics statistics) {
        this.shell = shell;
        this.blockSize = blockSize;
        this.statistics = statistics;
        link(1, next.length);
        free = 1;
    }

    @Override
    public long size() {
        return shell.volumeSize();
    }

    @Override
    public int preferredBlockSize() {
        return Math.max(4096, blockSize);
    }

    @Override
    public int minimumBlockSize() {
        return blockSize;
    }

    @Override
    public void read(
            long request, long offset, ByteBuf target, int length, IoCompletion completion) {
        statistics.reads++;
        statistics.readBytes += length;
        final int slot = take(request, completion);
        shell.replica()
                .read(slot, shell.buffers().add(target.retain()), offset, length, shell.enter());
        shell.leave();
    }

    @Override
    public void write(
            long request,
            long offset,
            ByteBuf source,
            int length,
            boolean fua,
            IoCompletion completion) {
        statistics.writes++;
        statistics.writtenBytes += length;
        final int slot = take(request, completion);
        shell.replica()
                .write(
                        slot,
                        shell.buffers().add(source.retain()),
                        offset,
                        length,
                        fua,
                        shell.enter());
        shell.leave();
    }

    @Override
    public void zero(
            long request,
            long offset,
            long length,
            boolean mayUnmap,
            boolean fua,
            IoCompletion completion) {
        statistics.deletes++;
        final int slot = take(request, completion);
        zeroOffset[slot] = offset;
        zeroLeft[slot] = length;
        zeroUnmap[slot] = mayUnmap;
        zeroFua[slot] = fua;
        zeroNext(slot);
    }

    /// The replica takes a bounded length at a time.
    private void zeroNext(int slot) {
        final int length = (int) Math.min(Replica.OPERATION_BYTES_MAX, zeroLeft[slot]);
        final long offset = zeroOffset[slot];
        zeroOffset[slot] += length;
        zeroLeft[slot] -= length;
        shell.replica().zero(slot, offset, length, zeroUnmap[slot], zeroFua[slot], shell.enter());
        shell.leave();
    }

    @Override
    public void flush(long request, IoCompletion completion) {
        statistics.flushes++;
        shell.replica().flush(take(request, completion), shell.enter());
        shell.leave();
    }

    @Override
    public void blockStatus(long offset, long length, ExtentSink allocation, ExtentSink dirty) {
        // Nothing is known of allocation without asking the provider, and "data" is always right.
        allocation.extent(length, 0);
        final int extentBytes = shell.extentBytes();
        long at = offset;
        final long end = offset + length;
        boolean more = true;
        while (at < end && more) {
            final boolean flag = shell.replica().lackedByAnyone(at);
            long stop = Math.min(end, (at / extentBytes + 1) * extentBytes);
            while (stop < end && shell.replica().lackedByAnyone(stop) == flag) {
                stop = Math.min(end, stop + extentBytes);
            }
            more = dirty.extent(stop - at, flag ? ExtentSink.DIRTY : 0);
            at = stop;
        }
    }

    /// The replica's answer; handed on by [#handOut].
    void answer(long request, int result) {
        if (answeredCount == answered.length) {
            answered = Arrays.copyOf(answered, answeredCount * 2);
            answers = Arrays.copyOf(answers, answeredCount * 2);
        }
        answered[answeredCount] = (int) request;
        answers[answeredCount++] = result;
    }

    /// Hands out answers until there are none. Not on the stack of a call of the replica.
    void handOut() {
        if (handingOut) {
            return;
        }
        handingOut = true;
        for (int i = 0; i < answeredCount; i++) {
            final int slot = answered[i];
            final int result = answers[i];
            if (result == 0 && zeroLeft[slot] > 0) {
                zeroNext(slot);
            } else {
                give(slot, result);
            }
        }
        answeredCount = 0;
        handingOut = false;
    }

    private int take(long request, IoCompletion completion) {
        if (free == 0) {
            grow();
        }
        final int slot = free;
        free = next[slot];
        clientRequests[slot] = request;
        completions[slot] = completion;
        zeroLeft[slot] = 0;
        return slot;
    }

    private void give(int slot, int result) {
        final IoCompletion completion = completions[slot];
        final long request = clientRequests[slot];
        completions[slot] = null;
        next[slot] = free;
        free = slot;
        if (result < 0) {
            statistics.errors++;
        }
        if (completion != null) {
            completion.completed(request, result);
        }
    }

    private void grow() {
        final int before = next.length;
        final int after = before * 2;
        clientRequests = Arrays.copyOf(clientRequests, after);
        completions = Arrays.copyOf(completions, after);
        zeroOffset = Arrays.copyOf(zeroOffset, after);
        zeroLeft = Arrays.copyOf(zeroLeft, after);
        zeroUnmap = Arrays.copyOf(zeroUnmap, after);
        zeroFua = Arrays.copyOf(zeroFua, after);
        next = Arrays.copyOf(next, after);
        link(before, after);
        free = before;
    }

    private void link(int from, int to) {
        for (int i = from; i < to; i++) {
            next[i] = i + 1 < to ? i + 1 : 0;
        }
    }
}
