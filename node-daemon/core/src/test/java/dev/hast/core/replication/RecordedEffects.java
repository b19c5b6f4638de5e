package dev.hast.core.replication;

import dev.hast.core.configuration.Configuration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes down the commands of a part of the core, so that a test can compare them and answer them.
final class RecordedEffects implements Effects {

    record Command(String what, long token) {}

    final List<Command> commands = new ArrayList<>();

    private void add(String what, long token) {
        commands.add(new Command(what, token));
    }

    @Override
    public void read(long token, long buffer, long offset, int length) {
        add("read %d+%d".formatted(offset, length), token);
    }

    @Override
    public void write(long token, long buffer, long offset, int length, boolean fua) {
        add("write %d+%d".formatted(offset, length), token);
    }

    @Override
    public void zero(long token, long offset, int length, boolean mayUnmap, boolean fua) {
        add("zero %d+%d".formatted(offset, length), token);
    }

    @Override
    public void flush(long token) {
        add("flush", token);
    }

    @Override
    public void hash(long token, long offset, int length) {
        add("hash %d+%d".formatted(offset, length), token);
    }

    @Override
    public void persist(long token, int index, byte[] page) {
        add("persist " + index, token);
    }

    @Override
    public void sendWrite(int peer, Operation operation, long epoch, long watermark) {
        add("sendWrite %d %s".formatted(peer, operation), 0);
    }

    @Override
    public void sendConfirm(int peer, long epoch, long sequence, boolean written) {
        add("confirm %d %d".formatted(peer, sequence), 0);
    }

    @Override
    public void send(int peer, Message message) {
        add("send %d %s".formatted(peer, message), 0);
    }

    @Override
    public void disconnect(int peer, String cause) {
        add("disconnect " + peer, 0);
    }

    @Override
    public void readArbiter(long token) {
        add("readArbiter", token);
    }

    @Override
    public void compareAndSet(long token, @Nullable Configuration expected, Configuration next) {
        add("compareAndSet " + next.epoch(), token);
    }

    @Override
    public void complete(long request, int result) {
        add("complete %d %d".formatted(request, result), 0);
    }

    @Override
    public long allocate(int length) {
        return 1;
    }

    @Override
    public void copy(long source, long target, int length) {
        add("copy " + length, 0);
    }

    @Override
    public void release(long buffer) {
        add("release", 0);
    }

    @Override
    public long random() {
        return 4;
    }

    @Override
    public void report(Report report) {
        add("report " + report, 0);
    }
}
