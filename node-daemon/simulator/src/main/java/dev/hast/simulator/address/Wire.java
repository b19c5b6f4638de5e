package dev.hast.simulator.address;

import dev.hast.core.address.IpAddress;
import dev.hast.simulator.kernel.RandomSource;
import dev.hast.simulator.kernel.Timeline;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// The segment: who hears whom, how late, and when that was last disturbed.
final class Wire {

    private static final int CAPTURED_MAX = 256;

    record Packet(byte[] bytes, IpAddress source) {}

    private final Timeline timeline;
    private final RandomSource random;
    private final long delayMax;
    private final List<Member> members;
    private final boolean[][] cut;
    private final long[][] disturbed;
    private final boolean[] linkDown;

    double loss;
    double late;
    double copies;
    private final long lateBy;

    /// What an attacker has recorded.
    final List<Packet> captured = new ArrayList<>();

    Wire(Timeline timeline, RandomSource random, AddressOptions options, List<Member> members) {
        this.timeline = timeline;
        this.random = random;
        this.members = members;
        delayMax = options.delayMax;
        lateBy = 2 * options.longestInterval();
        final int size = options.nodes + options.peers.size();
        cut = new boolean[size][size];
        disturbed = new long[size][size];
        for (long[] row : disturbed) {
            Arrays.fill(row, Long.MIN_VALUE / 2);
        }
        linkDown = new boolean[size];
    }

    void send(Member from, byte[] packet) {
        if (captured.size() < CAPTURED_MAX) {
            captured.add(new Packet(packet, from.source()));
        } else if (random.chance(0.1)) {
            captured.set(random.below(CAPTURED_MAX), new Packet(packet, from.source()));
        }
        for (Member to : members) {
            if (to == from) {
                continue;
            }
            if (!hears(from.index(), to.index()) || random.chance(loss)) {
                disturb(from.index(), to.index());
                continue;
            }
            carry(packet, from, to);
            if (random.chance(copies)) {
                carry(packet, from, to);
            }
        }
    }

    private void carry(byte[] packet, Member from, Member to) {
        long delay = random.between(delayMax / 4, delayMax);
        if (random.chance(late)) {
            delay += random.between(delayMax, lateBy);
        }
        final boolean onTime = delay <= delayMax;
        timeline.after(
                delay,
                () -> {
                    if (!onTime) {
                        disturb(from.index(), to.index());
                    }
                    if (hears(from.index(), to.index())) {
                        to.arrived(packet, from.source());
                    } else {
                        disturb(from.index(), to.index());
                    }
                });
        if (!onTime) {
            disturb(from.index(), to.index());
        }
    }

    /// Puts a packet on the segment that no member sent.
    void inject(Packet packet, Member to) {
        timeline.after(delayMax, () -> to.arrived(packet.bytes, packet.source));
    }

    boolean hears(int from, int to) {
        return !cut[from][to] && !linkDown[from] && !linkDown[to];
    }

    /// When the two last did not hear each other as they should.
    long disturbed(int a, int b) {
        return hears(a, b) && hears(b, a)
                ? Math.max(disturbed[a][b], disturbed[b][a])
                : timeline.now();
    }

    long disturbedLast() {
        long last = Long.MIN_VALUE / 2;
        for (int a = 0; a < cut.length; a++) {
            for (int b = 0; b < cut.length; b++) {
                if (a != b) {
                    last = Math.max(last, disturbed(a, b));
                }
            }
        }
        return last;
    }

    private void disturb(int from, int to) {
        disturbed[from][to] = timeline.now();
    }

    void cut(int from, int to, boolean on) {
        cut[from][to] = on;
        disturb(from, to);
    }

    void link(int index, boolean down) {
        linkDown[index] = down;
        for (int other = 0; other < cut.length; other++) {
            if (other != index) {
                disturb(index, other);
            }
        }
    }

    boolean linkDown(int index) {
        return linkDown[index];
    }

    void heal() {
        loss = 0;
        late = 0;
        copies = 0;
        for (int a = 0; a < cut.length; a++) {
            for (int b = 0; b < cut.length; b++) {
                if (cut[a][b]) {
                    cut(a, b, false);
                }
            }
        }
    }
}
