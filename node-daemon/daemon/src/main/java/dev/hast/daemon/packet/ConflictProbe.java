package dev.hast.daemon.packet;

import dev.hast.daemon.network.MacAddress;
import java.time.Duration;
import java.util.Optional;

/// Asks before an address is added whether someone has it: a few probes over a window, and a wait
/// for claims until its end.
///
/// A pure machine: time comes from the caller, in nanoseconds of a monotonic clock.
///
/// Thread: one.
public final class ConflictProbe {

    /// How it stands.
    public enum Finding {
        /// The window is open, and nobody has claimed the address.
        ASKING,
        /// Nobody has claimed the address.
        FREE,
        /// Someone has it, see [#holder].
        HELD
    }

    private final long began;
    private final long window;
    private final int probes;
    private int sent;
    private Optional<MacAddress> holder = Optional.empty();

    /// @param window how long to wait for claims, counted from now
    /// @param probes how many to send, spread evenly; at least one
    public ConflictProbe(final Duration window, final int probes, final long now) {
        if (probes < 1 || window.isNegative()) {
            throw new IllegalArgumentException(probes + " probes in " + window);
        }
        this.began = now;
        this.window = window.toNanos();
        this.probes = probes;
    }

    /// Whether to send a probe now; says yes once for each.
    public boolean due(final long now) {
        if (sent < probes && now - (began + window / probes * sent) >= 0) {
            sent++;
            return true;
        }
        return false;
    }

    /// Someone has claimed the address.
    public void claimed(final MacAddress by) {
        if (holder.isEmpty()) {
            holder = Optional.of(by);
        }
    }

    public Finding finding(final long now) {
        if (holder.isPresent()) {
            return Finding.HELD;
        }
        return sent > 0 && now - (began + window) >= 0 ? Finding.FREE : Finding.ASKING;
    }

    /// Who has the address.
    public Optional<MacAddress> holder() {
        return holder;
    }

    /// Nanoseconds until there is something to do: a probe, or the end of the window.
    public long remaining(final long now) {
        final long next = began + (sent < probes ? window / probes * sent : window);
        return holder.isPresent() ? 0 : Math.max(0, next - now);
    }
}
