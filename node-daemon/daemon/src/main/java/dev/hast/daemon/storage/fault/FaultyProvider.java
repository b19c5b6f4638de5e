package dev.hast.daemon.storage.fault;

import dev.hast.daemon.storage.IoCompletion;
import dev.hast.daemon.storage.Provider;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A provider that fails by rules. The first rule that hits decides; where none does, the request
/// passes untouched.
///
/// All on the provider's event loop. Makes garbage for requests that a rule hits, none otherwise.
public final class FaultyProvider implements Provider {
    private static final long HELD_LOOK_MILLISECONDS = 20;

    /// What a shell sees of a process that was killed.
    private static final int CRASHED = 137;

    private final Provider provider;
    private final EventLoop loop;
    private List<FaultRule> rules = List.of();
    private long[] seen = new long[0];

    public FaultyProvider(final Provider provider, final EventLoop loop) {
        this.provider = provider;
        this.loop = loop;
    }

    /// Replaces the rules; their counts start anew. Requests that hung and are not held by the new
    /// rules go on.
    public void setRules(final List<FaultRule> newRules) {
        rules = List.copyOf(newRules);
        seen = new long[rules.size()];
    }

    @Override
    public long capacity() {
        return provider.capacity();
    }

    @Override
    public int sectorSize() {
        return provider.sectorSize();
    }

    @Override
    public void read(
            final long offset,
            final ByteBuf buffer,
            final int length,
            final IoCompletion completion,
            final long token) {
        final int rule = hit(FaultRule.Operation.READ, offset, length);
        if (rule < 0) {
            provider.read(offset, buffer, length, completion, token);
        } else {
            suffer(
                    rule,
                    () -> provider.read(offset, buffer, length, completion, token),
                    completion,
                    token);
        }
    }

    @Override
    public void write(
            final long offset,
            final ByteBuf buffer,
            final int bufferOffset,
            final int length,
            final IoCompletion completion,
            final long token) {
        final int rule = hit(FaultRule.Operation.WRITE, offset, length);
        if (rule < 0) {
            provider.write(offset, buffer, bufferOffset, length, completion, token);
        } else {
            suffer(
                    rule,
                    () -> provider.write(offset, buffer, bufferOffset, length, completion, token),
                    completion,
                    token);
        }
    }

    @Override
    public void zero(
            final long offset,
            final long length,
            final boolean mayUnmap,
            final IoCompletion completion,
            final long token) {
        final int rule = hit(FaultRule.Operation.ZERO, offset, length);
        if (rule < 0) {
            provider.zero(offset, length, mayUnmap, completion, token);
        } else {
            suffer(
                    rule,
                    () -> provider.zero(offset, length, mayUnmap, completion, token),
                    completion,
                    token);
        }
    }

    @Override
    public void flush(final IoCompletion completion, final long token) {
        final int rule = hit(FaultRule.Operation.FLUSH, 0, 0);
        if (rule < 0) {
            provider.flush(completion, token);
        } else {
            suffer(rule, () -> provider.flush(completion, token), completion, token);
        }
    }

    /// Closes the provider below. A request that hangs is refused by it when it goes on.
    @Override
    public void close() {
        rules = List.of();
        seen = new long[0];
        provider.close();
    }

    private int hit(final FaultRule.Operation operation, final long offset, final long length) {
        for (int i = 0; i < rules.size(); i++) {
            final FaultRule rule = rules.get(i);
            if (rule.matches(operation, offset, length)) {
                final long number = seen[i]++;
                if (number >= rule.after() && number - rule.after() < rule.times()) {
                    return i;
                }
            }
        }
        return -1;
    }

    private void suffer(
            final int index,
            final Runnable request,
            final IoCompletion completion,
            final long token) {
        final FaultRule rule = rules.get(index);
        switch (rule.fault()) {
            case Fault.Fail(final int errno) ->
                    loop.execute(() -> completion.completed(token, -errno));
            case Fault.Crash() -> Runtime.getRuntime().halt(CRASHED);
            case Fault.Delay(final var by) ->
                    loop.schedule(request, by.toMillis(), TimeUnit.MILLISECONDS);
            case Fault.Hang() -> hold(rule, request);
        }
    }

    private void hold(final FaultRule rule, final Runnable request) {
        if (rules.contains(rule)) {
            loop.schedule(() -> hold(rule, request), HELD_LOOK_MILLISECONDS, TimeUnit.MILLISECONDS);
        } else {
            request.run();
        }
    }
}
