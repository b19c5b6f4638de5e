package dev.hast.daemon.guard;

import dev.hast.daemon.posix.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.function.LongSupplier;

/// The right of the addresses of one vhid to answer until some moment, which the kernel ends by
/// itself.
///
/// Moments are those of the guard's clock, `System.nanoTime()` unless told otherwise. What the
/// kernel is told is how much is left, taken right before the call, in whole ticks of its own
/// clock: so it ends up to a tick early. If the call took long (this process was frozen in the
/// middle of it), the kernel may have begun late: then it is told anew. It ends at most [#OVERRUN]
/// after the moment.
///
/// Thread: that of the guard. Nothing is allocated by renewing.
public final class GuardLease {
    /// In nanoseconds.
    public static final long OVERRUN = 10_000_000;

    private static final int TRIES = 4;
    private static final ValueLayout.OfLong MILLISECONDS =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private final AddressGuard guard;
    private final LongSupplier clock;
    private final Batch opening;
    private final Batch renewal;
    private final MemorySegment silence;
    private boolean open;
    private long until;
    private long restored;

    /// A transaction whose time-outs are put in before it is sent.
    private record Batch(MemorySegment bytes, int[] timeouts) {
        private static Batch of(final NftBatch batch) {
            return new Batch(memory(batch), batch.timeouts());
        }

        private void setTimeout(final long milliseconds) {
            for (final int at : timeouts) {
                bytes.set(MILLISECONDS, at, milliseconds);
            }
        }
    }

    GuardLease(
            final AddressGuard guard,
            final LongSupplier clock,
            final Collection<InetAddress> addresses) {
        this.guard = guard;
        this.clock = clock;
        this.opening = Batch.of(GuardRules.open(addresses));
        this.renewal = Batch.of(GuardRules.renew(addresses));
        this.silence = memory(GuardRules.silence(addresses));
    }

    static MemorySegment memory(final NftBatch batch) {
        final byte[] bytes = batch.toBytes();
        final MemorySegment memory = Arena.ofAuto().allocate(bytes.length, 8);
        MemorySegment.copy(bytes, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes.length);
        return memory;
    }

    /// Lets the addresses answer until then, whether they did before or not.
    ///
    /// @return 0, `-ETIME` if that moment has passed, or another negative errno; then they are
    ///   silent
    public int open(final long moment) {
        final int result = put(opening, moment);
        return result == -Errno.ENOENT && guard.restore() ? put(opening, moment) : result;
    }

    /// Moves the end of a lease that is still running. Only in the same step as an advert that was
    /// sent.
    ///
    /// @return 0, `-ETIME` if it has run out, by this clock or the kernel's, or if `moment` has
    ///   passed, or another negative errno; then the addresses are silent, or fall silent when the
    ///   lease ends
    public int renew(final long moment) {
        if (!open || clock.getAsLong() - until >= 0) {
            end();
            return -Errno.ETIME;
        }
        final int result = put(renewal, moment);
        if (result != -Errno.ENOENT) {
            return result;
        }
        // Run out in the kernel, or another program has removed the rules, and it along with them.
        if (restored == guard.restored() && !guard.restore()) {
            open = false;
            return -Errno.ETIME;
        }
        return clock.getAsLong() - until < 0 ? put(opening, moment) : -Errno.ETIME;
    }

    /// Silences the addresses at once.
    ///
    /// @return 0, or `-errno`: then they fall silent when the lease ends
    public int end() {
        open = false;
        final int result = guard.transact(silence);
        // No rules any more: put them back, with nothing alive.
        return result == -Errno.ENOENT && guard.restore() ? 0 : result;
    }

    private int put(final Batch batch, final long moment) {
        for (int left = TRIES; left > 0; left--) {
            final long before = clock.getAsLong();
            final long milliseconds = guard.wholeTicks(moment - before);
            if (milliseconds < 1) {
                break;
            }
            batch.setTimeout(milliseconds);
            final int result = guard.transact(batch.bytes());
            if (result < 0) {
                return result;
            }
            if (clock.getAsLong() - before <= OVERRUN) {
                open = true;
                until = moment;
                restored = guard.restored();
                return 0;
            }
        }
        end();
        return -Errno.ETIME;
    }
}
