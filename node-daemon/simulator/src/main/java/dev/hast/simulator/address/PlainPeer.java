package dev.hast.simulator.address;

import static dev.hast.simulator.kernel.Timeline.SECOND;

import dev.hast.core.address.Advert;
import dev.hast.core.address.AdvertReader;
import dev.hast.core.address.AdvertWriter;
import dev.hast.core.address.IpAddress;
import dev.hast.core.address.ReaderSettings;
import dev.hast.core.address.Reading;
import dev.hast.simulator.kernel.RandomSource;
import java.util.Arrays;
import java.util.List;

/// A machine that speaks CARP and nothing more. It looks at the first 36 bytes alone, opens at
/// once, leaves in silence, and has no guard.
final class PlainPeer implements Member {

    private static final int PLAIN_BYTES = 36;

    enum Kind {
        FREEBSD,
        UCARP
    }

    private enum State {
        OFF,
        BACKUP,
        MASTER
    }

    private final AddressWorld world;
    private final Kind kind;
    private final int index;
    private final int skew;
    private final boolean preempt;
    private final NodeClock clock;
    private final AdvertWriter writer;
    private final AdvertReader reader;
    private long counter;
    private State state = State.OFF;
    private long timer;

    PlainPeer(AddressWorld world, Kind kind, int index, RandomSource random) {
        this.world = world;
        this.kind = kind;
        this.index = index;
        skew = random.pick(List.of(0, 10, 50, 100, 220));
        preempt = random.chance(0.5);
        counter = random.nextLong();
        clock = new NodeClock(1 + world.options().driftMax * (2 * random.fraction() - 1), 0);
        writer = world.writer();
        reader =
                new AdvertReader(
                        new ReaderSettings(
                                AddressOptions.VHID,
                                world.addresses(),
                                world.password(),
                                world.keys(),
                                false,
                                false,
                                0,
                                List.of(source())));
    }

    void start() {
        if (state == State.OFF) {
            change(State.BACKUP, "start");
            listen();
        }
    }

    void losePower() {
        timer++;
        change(State.OFF, "power");
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public boolean answers() {
        return state == State.MASTER;
    }

    private void change(State next, String why) {
        state = next;
        world.trace().note("p" + (index + 1), next.toString(), 0, () -> kind + " " + why);
    }

    private void after(long local, Runnable action) {
        final long mine = ++timer;
        world.timeline()
                .after(
                        clock.lasts(local),
                        () -> {
                            if (timer == mine) {
                                action.run();
                            }
                        });
    }

    private void listen() {
        after(3 * SECOND + skew * SECOND / 256, () -> becomeMaster("timed out"));
    }

    private void becomeMaster(String why) {
        change(State.MASTER, why);
        world.rules().announced(this);
        advertise();
    }

    private void advertise() {
        send();
        after(SECOND + skew * SECOND / 256, this::advertise);
    }

    private void send() {
        world.wire()
                .send(
                        this,
                        writer.write(new Advert(AddressOptions.VHID, 1, skew, 0, counter++, null)));
    }

    @Override
    public void arrived(byte[] packet, IpAddress source) {
        if (state == State.OFF) {
            return;
        }
        final byte[] front = Arrays.copyOf(packet, PLAIN_BYTES);
        if (reader.read(front, 255, source, 0) instanceof Reading.Accepted accepted) {
            heard(accepted.advert().pace(), source);
        }
    }

    private void heard(int theirs, IpAddress source) {
        final int mine = 256 + skew;
        if (state == State.BACKUP) {
            if (preempt && theirs > mine) {
                becomeMaster("preempting");
            } else if (theirs > 3 * 256 + skew) {
                becomeMaster("master will time out");
            } else {
                listen();
            }
        } else if (yieldsTo(theirs, mine, source)) {
            if (kind == Kind.UCARP) {
                send();
            }
            change(State.BACKUP, "better");
            listen();
        } else if (kind == Kind.UCARP) {
            world.rules().announced(this);
        }
    }

    private boolean yieldsTo(int theirs, int mine, IpAddress source) {
        return switch (kind) {
            case FREEBSD -> theirs <= mine;
            case UCARP ->
                    theirs < mine || theirs == mine && source.compareFromLastByte(source()) < 0;
        };
    }
}
